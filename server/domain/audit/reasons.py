"""Why staff did something: asked for at each act, kept in the audit trail."""

from server.domain.errors import Invalid

REASON_MOST = 2000  # characters


def required(reason: str) -> str:
    """The reason without spaces around it; Invalid for none, and for one that is too long.

    >>> required(" The server was down. ")
    'The server was down.'
    """
    text = reason.strip()
    if not 1 <= len(text) <= REASON_MOST:
        raise Invalid(
            f"Say why, in 1 to {REASON_MOST:,} characters; this reason has {len(text):,}. "
            "It stays in the audit trail."
        )
    return text
