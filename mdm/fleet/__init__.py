"""The territory, its schools, kits, slots and tablets."""
