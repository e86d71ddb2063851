"""Bad input for every device route."""
