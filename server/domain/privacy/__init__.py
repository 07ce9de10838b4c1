"""A person's data: handed out to them, and deleted on request."""
