"""What people are told: announcements for everybody, notices for one person each."""
