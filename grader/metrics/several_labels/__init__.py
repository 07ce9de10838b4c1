"""Metrics of several labels a row: lists, columns, entities."""
