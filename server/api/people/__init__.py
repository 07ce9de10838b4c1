"""Who one is, and the tokens of an account."""
