"""Grades: the preview of one competition, the points of a course, how it counts."""
