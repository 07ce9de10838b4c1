"""Rights of the staff."""
