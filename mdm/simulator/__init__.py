"""Virtual tablets and Apple hosts, written from the protocols, that share no code with the server."""
