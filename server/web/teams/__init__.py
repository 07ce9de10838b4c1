"""Pages of teams, for members and for staff."""
