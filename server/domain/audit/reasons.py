"""Why staff did something: asked for at each act, kept in the audit trail."""

from grader.messages import Message
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
            Message(
                "Say why, in 1 to {most:,} characters; this reason has {length:,}. It stays in the audit "
                "trail.",
                most=REASON_MOST,
                length=len(text),
            )
        )
    return text
