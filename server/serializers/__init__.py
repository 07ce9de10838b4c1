"""From rows to answers: what the API says and pages show, one noun a file."""
