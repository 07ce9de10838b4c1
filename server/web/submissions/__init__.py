"""Pages to submit, of submissions, and of their receipts."""
