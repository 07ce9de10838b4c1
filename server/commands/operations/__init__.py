"""What whoever runs the server types: serve, migrate, tidy, keys and tokens."""
