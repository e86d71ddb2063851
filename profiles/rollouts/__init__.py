"""Rollouts: an agreed edition reaches the tablets in waves, outside class time, and stops when something goes wrong."""
