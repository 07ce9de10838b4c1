"""Whether a file is a whole notebook, read in place: its values are counted and never built.

A notebook of 25 MB would be several times as large as Python's values, so the file is mapped and looked at
string by string and bracket by bracket.
"""

import mmap
import re
from typing import BinaryIO

from grader.messages import Message
from server.domain.code.refusals import InvalidCode, cut_off, damaged

TOKENS_MOST = 2_000_000
TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]"]', re.DOTALL)
OPENING, CLOSING = {b"{": b"}", b"[": b"]"}, {b"}", b"]"}
CELLS = {b'"cells"', b'"worksheets"'}  # of version 4, and of those before
FORMAT = b'"nbformat"'


def require_whole(file: BinaryIO) -> None:
    """Raise InvalidCode unless the file is one whole JSON object with the keys of a notebook."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        keys, end = _keys_and_end(data)
        if data[end:].strip(b" \t\r\n"):
            raise damaged()
    if not (FORMAT in keys and keys & CELLS):
        raise InvalidCode(
            Message("This is JSON, and no notebook: it has no cells. Hand in the .ipynb file itself.")
        )


def _keys_and_end(data: mmap.mmap) -> tuple[set[bytes], int]:
    """The strings that stand in the outermost object, and where that object ends."""
    expected: list[bytes] = []
    keys: set[bytes] = set()
    for number, match in enumerate(TOKEN.finditer(data)):
        if number >= TOKENS_MOST:
            raise InvalidCode(
                Message(
                    "The notebook holds more than {most:,} values. Clear its outputs, and save it again.",
                    most=TOKENS_MOST,
                )
            )
        token = match[0]
        if token in OPENING:
            expected.append(OPENING[token])
        elif token in CLOSING:
            if not expected or expected.pop() != token:
                raise damaged()
            if not expected:
                return keys, match.end()
        elif token == b'"':  # a string that never ends
            raise cut_off()
        elif len(expected) == 1 and len(token) <= len(b'"worksheets"'):
            keys.add(token)
    raise cut_off()
