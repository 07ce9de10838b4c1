"""Pages to sign in and of the account."""
