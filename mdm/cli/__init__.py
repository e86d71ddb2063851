"""The ``valise`` command: one file for each group of verbs."""
