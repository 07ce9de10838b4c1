"""A rescore's work in the background: its processes, and what staff do about it."""
