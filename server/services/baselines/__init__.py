"""Baselines: thresholds that come without a run."""
