"""Accounts, courses, and who is in them."""
