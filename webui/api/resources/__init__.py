"""The API's resources: a file for each, with what it sends and its operations."""
