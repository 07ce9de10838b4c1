"""A course at a glance: who is in it, how much comes in, how scores lie, how many passed what."""
