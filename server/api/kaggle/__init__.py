"""The routes of Kaggle's own client, unmodified: three dialects that lead to the rules of this judge.

They are no part of our API and not in its description; docs/adr says why they are there.
"""
