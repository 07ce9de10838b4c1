"""Accounts: who may sign in, with what, from which browsers, and how often somebody may try."""
