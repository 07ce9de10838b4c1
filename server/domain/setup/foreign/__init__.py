"""Competitions of other judges, read from the files that their hosts have, as drafts of ours."""
