"""Whose errors are alike, beyond what chance and a common lesson explain."""
