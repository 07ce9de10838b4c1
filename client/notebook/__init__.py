"""What a notebook or a script calls: `splitboard.submit(...)`, `board`, `points` and the others."""
