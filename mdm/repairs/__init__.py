"""Faults and their repairs, the pool of spare tablets, and inventories by label."""
