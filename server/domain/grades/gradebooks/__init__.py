"""Gradebooks: the files that take grades to Canvas, Moodle, Blackboard and scripts for Gradescope."""
