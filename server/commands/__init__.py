"""One command a file; `server/manage.py` imports the one that is asked for."""
