"""What can be proven later: the commitment to a key, the receipt of a submission."""
