"""Standings, both leaderboards, their snapshots, and how ranks moved."""
