"""Sessions on SQLite and PostgreSQL: all that differs between the two lies here."""
