"""How homeworks count in their course, and the total that they come to."""
