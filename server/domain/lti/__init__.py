"""LTI 1.3: learning platforms whose launches sign people in, whose courses have a roster and take points."""
