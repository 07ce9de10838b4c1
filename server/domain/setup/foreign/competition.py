"""A competition of another judge as far as it can be carried over, and by name what cannot."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from grader.errors import UnknownMetric
from grader.messages import Message
from grader.metrics import METRICS, NamedMetric, named_metric
from grader.spec import USAGE_COLUMN
from server.domain.errors import Invalid
from server.domain.setup.drafts.parts import LeftOut

USAGES = {"public": "Public", "private": "Private", "ignored": "Ignored"}
OTHER_COLUMN = Message("a column of the key that is no id and is not predicted")
TABLE_MOST = 500_000_000  # bytes of an answer key
Table = list[list[str]]


@dataclass(frozen=True)
class KeyColumns:
    """The columns of an answer key: the row's id, and what is predicted."""

    id_column: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True)
class ForeignTimes:
    """When it opens and is due there; None where it does not say."""

    opens_at: datetime | None = None
    deadline_at: datetime | None = None


NO_TIMES = ForeignTimes()


@dataclass(frozen=True)
class ForeignCompetition:
    """What was read: texts, the answer key with its columns, and the files that students get.

    metric: of the catalogue, or None where none was found. has_usage: whether the key says which rows
    are public. custom: the bytes of a metric.py that is to be used.
    """

    title: str
    description_md: str
    key: bytes
    has_usage: bool
    columns: KeyColumns
    metric: NamedMetric | None = None
    custom: bytes | None = None
    higher_is_better: bool | None = None
    daily_limit: int | None = None
    times: ForeignTimes = NO_TIMES
    files: dict[str, Path] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()


def table_in(path: Path) -> Table:
    """The rows of a CSV file, its header first; raises Invalid for what is none."""
    if path.stat().st_size > TABLE_MOST:
        raise Invalid(Message("{name} is larger than {most:,} bytes.", name=path.name, most=TABLE_MOST))
    try:
        text = path.read_bytes().decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text), strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid(
            Message("{name} is no CSV file in UTF-8: {reason}.", name=path.name, reason=str(error))
        ) from error
    if len(rows) < 2 or any(len(row) != len(rows[0]) for row in rows):
        raise Invalid(
            Message(
                "{name} is no table: its rows should have as many cells as its header, {count}, and there "
                "should be one at least.",
                name=path.name,
                count=len(rows[0]) if rows else 0,
            )
        )
    return rows


def key_of(table: Table, columns: KeyColumns, *, name: str) -> tuple[bytes, bool]:
    """The answer key as CSV, its columns and `Usage` as we write it, and whether it has that column.

    Raises Invalid for a usage that is none of Public, Private and Ignored.
    """
    header, *rows = table
    places = [header.index(each) for each in (columns.id_column, *columns.target_columns)]
    usage = next((place for place, each in enumerate(header) if is_usage(each)), None)
    key = [[row[place] for place in places] for row in table]
    if usage is not None:
        unknown = sorted({row[usage] for row in rows if row[usage].strip().casefold() not in USAGES})
        if unknown:
            raise Invalid(
                Message(
                    "{name} has rows whose Usage is {usages}; it should be Public, Private or Ignored.",
                    name=name,
                    usages=", ".join(repr(each) for each in unknown[:5]),
                )
            )
        usages = [USAGE_COLUMN, *(USAGES[row[usage].strip().casefold()] for row in rows)]
        key = [[*cells, each] for cells, each in zip(key, usages, strict=True)]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(key)
    return out.getvalue().encode(), usage is not None


def is_usage(column: str) -> bool:
    """Whether a column says which rows are public."""
    return column.strip().casefold() == "usage"


def other_columns(table: Table, columns: KeyColumns, *, name: str) -> list[LeftOut]:
    """The columns that the key has besides, which nothing asks for."""
    return [
        LeftOut(f"{name}: {column}", OTHER_COLUMN)
        for column in table[0]
        if column not in (columns.id_column, *columns.target_columns) and not is_usage(column)
    ]


def columns_of(key: Table, sample: Table | None, *, name: str) -> KeyColumns:
    """Which column is the id, and which are predicted: those of the sample, or else of the key, in its order.

    The id is the first column whose values are all different. Raises Invalid where there is none, or where
    the sample has a column that the key lacks.
    """
    header = key[0]
    shared = [column for column in (sample or key)[0] if not is_usage(column)]
    missing = [column for column in shared if column not in header]
    if missing:
        raise Invalid(
            Message(
                "{name} lacks the columns {missing} of sample_submission.csv; it has {columns}.",
                name=name,
                missing=", ".join(missing),
                columns=", ".join(header),
            )
        )
    id_column = next((each for each in shared if _is_unique(key, header.index(each))), None)
    if id_column is None or len(shared) < 2:
        raise Invalid(
            Message(
                "{name} has no column of ids, in which no value comes twice, with a column to predict "
                "beside it; it has {columns}.",
                name=name,
                columns=", ".join(header),
            )
        )
    return KeyColumns(id_column, tuple(each for each in shared if each != id_column))


def _is_unique(table: Table, place: int) -> bool:
    values = [row[place] for row in table[1:]]
    return len(set(values)) == len(values)


def metric_called(names: Sequence[str], *, higher_is_better: bool | None = None) -> NamedMetric | None:
    """The metric of the first of these names that the catalogue knows; None for none.

    higher_is_better: the direction that the other judge gives it, where it does; another one is no match.
    """
    for name in filter(None, names):
        try:
            match = named_metric(name)
        except UnknownMetric:
            continue
        if higher_is_better in (None, METRICS[match.name].higher_is_better):
            return match
    return None
