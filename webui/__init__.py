"""The people listener: pages, live events and health."""
