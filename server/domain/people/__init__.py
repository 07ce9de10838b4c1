"""Accounts, sign-in, courses, rosters."""
