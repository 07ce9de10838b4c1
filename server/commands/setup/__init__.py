"""How courses, people and competitions come into an installation."""
