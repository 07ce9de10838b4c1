"""What a column may hold, and what its fields are found to be: numbers, words, runs, boxes and texts."""
