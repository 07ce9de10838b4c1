"""Receipts and commitments, verified offline with keys that were trusted earlier."""
