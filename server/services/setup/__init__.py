"""Building a homework, cloning a competition or a course."""
