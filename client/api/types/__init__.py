"""What the API answers, as frozen dataclasses; docs/api.md is their page."""
