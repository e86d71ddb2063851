"""From a policy to the configuration of the Android agent."""
