"""A split made for an answer key that has none: which rows are public, which private.

Rows, groups or labels are put in an order that follows from a seed alone (HMAC-SHA256 of what stands in the
row), so that the same seed gives the same split on every machine, and the order of the rows does not matter.
Whoever knows the seed and the ids knows which rows are private: it is as secret as the key.
"""

import csv
import hashlib
import hmac
import io
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from grader.errors import InvalidAnswerKey, Problem
from grader.messages import Message, Text
from grader.spec import USAGE_COLUMN

PUBLIC, PRIVATE = "Public", "Private"
Row = list[str]


class SplitWay(StrEnum):
    """What is drawn: single rows, whole groups of them, or rows of each label by themselves."""

    ROWS = "rows"
    GROUPS = "groups"
    LABELS = "labels"


@dataclass(frozen=True)
class Split:
    """How to split. column: of the groups or labels. share: of the rows that are public, between 0 and 1."""

    way: SplitWay
    share: float
    seed: str
    column: str = ""


def has_usage(data: bytes) -> bool:
    """Whether the key says itself which rows are public."""
    return USAGE_COLUMN in rows_of(data)[0]


def columns_of(data: bytes) -> list[str]:
    """The names in the first line of a CSV file; raises InvalidAnswerKey where it has none."""
    return rows_of(data)[0]


def with_usage(data: bytes, split: Split) -> bytes:
    """The key with a column Usage, made as `split` says; its other columns and the order of rows stay.

    Raises InvalidAnswerKey for a file that is no table, has a Usage already or has no such column, and for a
    split of which one side would be empty.
    """
    header, *rows = rows_of(data)
    if USAGE_COLUMN in header:
        raise _refusal("has_usage", Message("The key has a column Usage already; it is taken as it is."))
    if split.way is not SplitWay.ROWS and split.column not in header:
        raise _refusal(
            "no_such_column",
            Message(
                "The key has no column '{column}'; it has {columns}.",
                column=split.column,
                columns=", ".join(header),
            ),
        )
    place = header.index(split.column) if split.way is not SplitWay.ROWS else 0
    public = _public_rows(rows, split, place)
    if not public or len(public) == len(rows):
        raise _refusal(
            "empty_side",
            Message("With this share one side would be empty: the key has {count} rows.", count=len(rows)),
        )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*header, USAGE_COLUMN])
    writer.writerows([*row, PUBLIC if number in public else PRIVATE] for number, row in enumerate(rows))
    return out.getvalue().encode()


def _public_rows(rows: list[Row], split: Split, place: int) -> set[int]:
    """The numbers of the public rows."""
    numbers = list(range(len(rows)))
    match split.way:
        case SplitWay.ROWS:
            return set(_first(numbers, rows, split))
        case SplitWay.GROUPS:
            return _whole_groups(_by(rows, place), split, len(rows))
        case SplitWay.LABELS:
            return {each for same in _by(rows, place).values() for each in _first(same, rows, split)}


def _first(numbers: list[int], rows: list[Row], split: Split) -> list[int]:
    """The share of these rows that comes first in the order of the seed."""
    ordered = sorted(numbers, key=lambda number: (_rank("\x1f".join(rows[number]), split.seed), number))
    return ordered[: round(len(ordered) * split.share)]


def _whole_groups(groups: dict[str, list[int]], split: Split, count: int) -> set[int]:
    """Groups in the order of the seed, each taken where it brings the share nearer."""
    public: set[int] = set()
    for name in sorted(groups, key=lambda name: (_rank(name, split.seed), name)):
        with_it = len(public) + len(groups[name])
        if abs(with_it - count * split.share) < abs(len(public) - count * split.share):
            public.update(groups[name])
    return public


def _by(rows: list[Row], place: int) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        groups.setdefault(row[place], []).append(number)
    return groups


def _rank(text: str, seed: str) -> bytes:
    return hmac.digest(seed.encode(), text.encode(), hashlib.sha256)


def rows_of(data: bytes) -> list[Row]:
    """The lines of a CSV file, the header first, each as long as it."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refusal("not_utf8", Message("The file is not UTF-8 text. Save it as 'CSV UTF-8'.")) from None
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise _refusal(
            "not_csv", Message("The file is no CSV table: {reason}.", reason=str(error))
        ) from error
    if not rows:
        raise _refusal("empty", Message("The file is empty."))
    _require_even(rows)
    return rows


def _require_even(rows: Iterable[Row]) -> None:
    header, *others = rows
    for number, row in enumerate(others, start=2):
        if len(row) != len(header):
            raise _refusal(
                "uneven",
                Message(
                    "Row {number} has {count} fields; the header has {expected}.",
                    number=number,
                    count=len(row),
                    expected=len(header),
                ),
            )


def _refusal(code: str, message: Text) -> InvalidAnswerKey:
    return InvalidAnswerKey((Problem(code, message, Message("Correct the file, and choose it again.")),))
