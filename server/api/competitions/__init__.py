"""Competitions over the API."""
