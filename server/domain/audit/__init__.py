"""The trail of what staff did, with reasons and names."""
