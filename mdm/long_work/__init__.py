"""Work that takes long: begun by a person, carried on by the server in small parts, with a progress."""
