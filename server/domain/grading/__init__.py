"""From a stored file to its scores: answer keys, metric, commitment, Ladder."""
