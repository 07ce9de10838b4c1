"""Pages of courses and competitions."""
