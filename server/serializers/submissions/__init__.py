"""Submissions in answers: their scores, what these teach, two side by side, and receipts of them."""
