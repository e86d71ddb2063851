"""The committee's pages: what waits, proposals, votes, meetings, editions, decisions, seats and the catalogue."""
