"""The points of a course and of one student in it, from the rows that they come of."""
