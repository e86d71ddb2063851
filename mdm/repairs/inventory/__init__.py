"""Inventories: people scan labels or serial numbers in a school; what is missing or misplaced shows."""
