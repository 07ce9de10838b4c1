"""Which tables hold private scores, as the models say, and whether a statement names one of them."""

import re

PREFIX = "private_"  # of all their names: a statement without it is cleared by a quick look
NAMES: set[str] = set()
_patterns = [re.compile(PREFIX)]  # the last one holds; until a table is known, every name that begins alike


class PrivateScoresGuarded(RuntimeError):
    """A statement named a table of private scores in a session that may not see them."""


def guard_table(name: str) -> None:
    """Guard one more table; raises ValueError for a name that the quick look would pass."""
    if not name.startswith(PREFIX):
        raise ValueError(f"the table {name} is private, so its name begins with {PREFIX}")
    NAMES.add(name)
    _patterns.append(re.compile(rf"\b({'|'.join(sorted(NAMES))})\b"))


def names_private(statement: str) -> bool:
    """Whether a statement names a table of private scores."""
    return PREFIX in statement and _patterns[-1].search(statement) is not None
