"""Rosters: how a list of people is read, what in it is doubtful, and how a course comes to be as it says."""
