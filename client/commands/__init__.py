"""The `splitboard` commands of students and of those who verify: one noun a file."""
