"""Faults and repairs, the pool of spares, inventories by label: their pages."""
