"""Rollouts on pages: planned, watched live, paused, rolled back."""
