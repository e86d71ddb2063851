"""From an edition to the configuration of the Android agent."""
