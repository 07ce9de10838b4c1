"""What a student has earned in one homework: on a split, and by late files."""
