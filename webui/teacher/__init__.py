"""The teacher's room: their kits, the class mode, and where a tablet is."""
