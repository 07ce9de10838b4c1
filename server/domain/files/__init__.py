"""Stored files by their hash, who uses them, and the secret of the builds."""
