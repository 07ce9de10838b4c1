"""Leaderboards over the API: of now, and of any minute."""
