"""Licences of Apple's Apps and Books: counted, wished for each tablet, and assigned."""
