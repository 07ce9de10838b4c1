"""The demonstration, and simulated students."""
