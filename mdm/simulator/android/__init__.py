"""Virtual Android tablets that play the open-source Headwind agent, written from its protocol and from no server."""
