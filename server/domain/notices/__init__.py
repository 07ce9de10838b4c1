"""Announcements, and the mails that wait to be sent."""
