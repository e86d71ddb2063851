"""The edition of the demonstration."""
