"""Pages of baseline runs, thresholds and costs."""
