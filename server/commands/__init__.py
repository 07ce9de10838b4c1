"""One command a file; the table of `client/__main__.py` names each, and imports the one that is asked for."""
