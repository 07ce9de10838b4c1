"""Baseline runs, thresholds and costs over the API, and the door of the workers."""
