"""What is computed around a score: uncertainty, ranks, points, decimals, the Ladder."""
