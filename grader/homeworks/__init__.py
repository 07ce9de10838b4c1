"""What a homework says of itself: competition.toml, its rules, and how it counts in its course."""
