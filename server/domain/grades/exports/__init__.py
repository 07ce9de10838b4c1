"""A course's points as files for other systems, each kept with its version."""
