"""What the tablets cost, who bears it, and when they will be replaced."""
