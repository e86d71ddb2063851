"""Letters to people by e-mail: kept until they are sent, sent once, and forgotten."""
