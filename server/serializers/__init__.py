"""From rows to answers: what the API says and pages show; a noun has a file, or a folder of files."""
