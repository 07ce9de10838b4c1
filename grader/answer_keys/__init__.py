"""The answer key: read, checked, warned about, and prepared once so that each file is graded fast."""
