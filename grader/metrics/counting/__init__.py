"""Counts that several metrics share: pairs, orders, hits."""
