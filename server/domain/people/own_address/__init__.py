"""How people change the mail address of their own account."""
