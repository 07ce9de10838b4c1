"""Pages of the leaderboards, the shake-up and the time machine."""
