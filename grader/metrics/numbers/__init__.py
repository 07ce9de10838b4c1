"""Metrics of numbers: regression, relative errors, correlation."""
