"""Alembic's migrations, and how the server runs them."""
