"""Metrics of probabilities: curves, log losses, precision, one column a class."""
