"""The protocol of the open-source Headwind agent for Android tablets."""
