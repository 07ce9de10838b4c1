"""Whole ways through a server, several transactions each."""
