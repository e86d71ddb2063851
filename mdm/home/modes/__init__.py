"""Modes: what decides whether a tablet is as at school, at home, in class mode, in the holidays or lost, and when."""
