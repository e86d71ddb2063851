"""Evaluations with researchers: a protocol that the committee decided on, and exports in which nobody can be found."""
