"""Looking at a large fleet and acting on many tablets at once: lists, figures, maps, histories, bulk actions."""
