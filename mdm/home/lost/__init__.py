"""The search of a lost tablet: who may ask where it is, what it is told, and the one position that is kept."""
