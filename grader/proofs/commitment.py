"""The commitment to an answer key: what staff promise at the opening, as one text, and the hash of it.

A salt of 32 random bytes goes before the text, so that nobody can find the key by hashing guesses; and since
nobody can find another salt and text with the same SHA-256, the text that is shown at the reveal is the one
that was meant at the opening. Server and client share this page; docs/students.md says the same for a program
of one's own.
"""

import csv
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from grader.errors import InvalidAnswerKey, InvalidSubmission, Problem
from grader.messages import Message
from grader.reading.careful import read_text
from grader.reading.header import FIRST_LINE, Header
from grader.reading.unpack import unpack
from grader.spec import USAGE_COLUMN, Limits

FORMAT = "splitboard commitment 1"
SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Covers:
    """What one version of an answer key is promised with; hashes are SHA-256 in hexadecimal digits.

    answer_key_sha256: of the key's file, byte for byte. split_sha256: as `split_sha256` finds it.
    metric_sha256: of metric.py; None for a metric of the catalogue.
    """

    competition: str
    key_version: int
    answer_key_sha256: str
    id_column: str
    split_sha256: str
    metric: str
    metric_arguments: Mapping[str, Any]
    metric_sha256: str | None
    higher_is_better: bool

    def text(self) -> str:
        """The text that is hashed behind the salt."""
        return canonical({"format": FORMAT, **asdict(self)})


def canonical(value: object) -> str:
    """JSON in its one spelling here: keys sorted, no spaces, letters of all scripts as they are.

    >>> canonical({"b": [1, None], "a": "é"})
    '{"a":"é","b":[1,null]}'
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def commitment(text: str, salt: bytes) -> str:
    """The SHA-256 of the salt and then the text in UTF-8, in lower-case hexadecimal digits.

    >>> commitment("{}", bytes(32))[:16]
    'fb1634c4e6cd4b1f'
    """
    return hashlib.sha256(salt + text.encode()).hexdigest()


def split_sha256(key: bytes, *, id_column: str) -> str:
    """The hash of which row belongs to which split, and of nothing else, from an answer key's file.

    Hashed is the canonical JSON of the pairs [id, Usage], sorted by id (by code point). Raises
    InvalidAnswerKey when these bytes are no such file.
    """
    try:
        ids, usage = _id_and_usage(key, id_column)
    except InvalidSubmission as error:
        raise InvalidAnswerKey(error.problems) from error
    return hashlib.sha256(canonical(sorted(zip(ids, usage, strict=True))).encode()).hexdigest()


def _id_and_usage(key: bytes, id_column: str) -> tuple[list[str], list[str]]:
    limits = Limits()
    text = unpack(key, limits)
    match = FIRST_LINE.match(text)
    assert match is not None, "the pattern matches the empty text"
    names = next(csv.reader([match.group().rstrip(b"\r\n").decode("utf-8", errors="replace")]), [])
    if sorted(name for name in names if name in (id_column, USAGE_COLUMN)) != sorted(
        (id_column, USAGE_COLUMN)
    ):
        raise InvalidSubmission((_no_key(names, id_column),))
    table = read_text(text, Header(tuple(names), match.end()), limits, id_column=id_column)
    if table.problems:
        raise InvalidSubmission(table.problems)
    ids, usage = (table.columns[name].cast(pa.string()).to_pylist() for name in (id_column, USAGE_COLUMN))
    return ids, usage


def _no_key(names: list[str], id_column: str) -> Problem:
    return Problem(
        "no_answer_key",
        Message(
            "An answer key has the columns '{id_column}' and 'Usage', once each; this file has {names}.",
            id_column=id_column,
            names=", ".join(map(repr, names[:10])) or Message("none"),
        ),
        Message("Pass on the file as the staff published it."),
        lines=(1,),
    )
