"""The page of a course at a glance, and its figures as a file."""
