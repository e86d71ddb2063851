"""Valise's core: what a tablet is told and what it tells."""
