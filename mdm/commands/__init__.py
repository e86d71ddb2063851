"""The command queue and the planner that brings a tablet to its target."""
