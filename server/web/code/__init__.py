"""The pages of code that teams hand in."""
