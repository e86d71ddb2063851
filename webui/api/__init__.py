"""The HTTP API: operations that are declared once, and what every one of them has."""
