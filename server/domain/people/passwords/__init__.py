"""How people come by a password of their own: links, their mails, what a password must be."""
