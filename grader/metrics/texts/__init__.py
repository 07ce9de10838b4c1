"""Metrics of texts: edits, translations, wording."""
