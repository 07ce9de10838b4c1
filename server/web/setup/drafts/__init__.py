"""Drafts on pages: a course's calendar of homeworks to be, and the steps of each."""
