"""Teams, and what staff allow one of them, over the API."""
