"""Drafts: competitions to be, from their first part to their launch."""
