"""A person's data, gathered from database and files, or deleted from both."""
