"""Who may see a competition, when it is open, and what it says."""
