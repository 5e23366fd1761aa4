"""Queries and verbs of each module, on a session: the same on a replica and on the server."""
