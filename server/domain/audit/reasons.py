"""Why staff did something: asked for at each act, kept in the audit trail."""

from server.domain.errors import Invalid

REASON_MOST = 2000  # characters


def required(reason: str) -> str:
    """The reason without spaces around it; Invalid for none, and for one that is too long.

    >>> required(" The server was down. ")
    'The server was down.'
    """
    kept = reason.strip()
    if not 1 <= len(kept) <= REASON_MOST:
        raise Invalid(
            f"Say why, in 1 to {REASON_MOST:,} characters; this reason has {len(kept):,}. "
            "It stays in the audit trail."
        )
    return kept
