"""Baselines in answers: their runs, their thresholds, what they cost."""
