"""Conventions that come with Valise, as examples to start from."""
