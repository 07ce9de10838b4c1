"""Grades: the export of one competition, a student's points of a course."""
