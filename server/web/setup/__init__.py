"""Pages to change rules and to begin the next term."""
