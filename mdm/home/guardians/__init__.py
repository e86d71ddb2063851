"""Guardians: who answers for which pupil, and the printed codes by which their accounts are linked."""
