"""The routes of code that teams hand in."""
