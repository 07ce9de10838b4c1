"""Ids of the key, looked up without sorting: perfect hashes and tables of words."""
