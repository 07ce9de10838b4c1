"""Uploads, submissions and their receipts over the API."""
