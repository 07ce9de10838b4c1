"""The rules, as functions `f(session, *, ..., by, now)` that never commit and know no web framework."""
