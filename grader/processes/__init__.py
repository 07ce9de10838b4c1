"""Child processes of ours: how they start, and that none outlives its parent."""
