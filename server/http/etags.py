"""What names the bytes of an answer, so that a program asks for what has changed alone (RFC 9110, 8.8.3).

An ETag of JSON is a hash of what the viewer is sent and of nothing else, so that it tells no more than the
answer does: it cannot change with a private score that the answer does not have.
"""

import hashlib
from typing import Any

DIGITS = 32  # of a hash in hexadecimal: 128 bits
CLOCK = {"now", "resets_in_seconds"}  # fields that differ with each second and nothing else


def strong(body: bytes) -> str:
    """The ETag of exactly these bytes.

    >>> strong(b"{}")
    '"44136fa355b3678a1146ad16f7e8649e"'
    """
    return f'"{hashlib.sha256(body).hexdigest()[:DIGITS]}"'


def weak(body: bytes) -> str:
    """The ETag of an answer that is as good as these bytes, whose clock stands still.

    >>> weak(b"{}")
    'W/"44136fa355b3678a1146ad16f7e8649e"'
    """
    return f"W/{strong(body)}"


def without_clock(content: Any) -> Any:
    """JSON without the fields that tell the time, at any depth.

    >>> without_clock({"now": 1, "today": [{"left": 2, "resets_in_seconds": 3}]})
    {'today': [{'left': 2}]}
    """
    if isinstance(content, dict):
        return {name: without_clock(each) for name, each in content.items() if name not in CLOCK}
    return [without_clock(each) for each in content] if isinstance(content, list) else content


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Whether a client's `If-None-Match` says that it has the answer of this ETag.

    >>> is_known('"a", W/"b"', '"b"'), is_known("*", '"b"'), is_known('"a"', '"b"'), is_known(None, '"b"')
    (True, True, False, False)
    """
    if if_none_match is None:
        return False
    known = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return "*" in known or etag.removeprefix("W/") in known
