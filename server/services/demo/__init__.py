"""The living course that `./splitboard demo` shows."""
