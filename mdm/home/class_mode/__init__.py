"""Class mode: a teacher opens one app or page on a kit's tablets, asks for eyes to the front, or finds a tablet."""
