"""The files that Android tablets install."""
