"""Metrics of ranked lists and of queries."""
