"""A second factor beside the password: codes of an app, and recovery codes."""
