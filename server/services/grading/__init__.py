"""Grading as a running process does it: the answer keys in its memory, its sandbox, its threads."""
