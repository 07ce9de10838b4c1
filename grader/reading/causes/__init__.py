"""The likely cause behind a fault of a file, and what its author can do about it."""
