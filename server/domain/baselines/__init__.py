"""Baseline runs from request to threshold: queue, lease, curve, cost."""
