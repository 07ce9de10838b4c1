"""How a competition comes to be and is changed: import, rules, clone."""
