"""Metrics of one label a row."""
