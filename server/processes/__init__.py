"""Processes that a server starts, and how each of them ends with it."""
