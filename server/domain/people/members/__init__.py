"""The members of a course: how staff find them, change their part in it, and what staff note about them."""
