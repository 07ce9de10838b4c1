"""A homework's own metric: its signature, and the confined child process that it runs in."""
