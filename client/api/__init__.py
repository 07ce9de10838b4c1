"""Typed calls of the web API: one class a part of it, over one transport."""
