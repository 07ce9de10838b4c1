"""The grader: a submission's bytes in, two scores or its problems out. No web, no database, no torch."""
