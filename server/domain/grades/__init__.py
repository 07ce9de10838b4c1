"""From tiers passed to points."""
