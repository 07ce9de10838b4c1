"""Questions about submissions, and the replies of the staff."""
