"""The device listener: HTTP for tablets of every platform."""
