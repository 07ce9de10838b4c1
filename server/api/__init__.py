"""The web API, one noun a file or folder; docs/api.md describes it."""
