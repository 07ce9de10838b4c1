"""Predictions as a notebook has them, as the bytes of a file: a frame, an array with ids, a path, bytes."""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from client.api.errors import Misuse
from grader.messages import Message

FILE_NAME = "predictions.csv"
PATH_MOST, START = 1000, 30  # characters of what can be a path; of what is none, shown


@runtime_checkable
class FrameLike(Protocol):
    """What has columns and writes itself as CSV: pandas' frames do."""

    columns: Any

    def to_csv(self, *, index: bool, lineterminator: str) -> Any:
        """Write as CSV."""


@dataclass(frozen=True)
class ColumnNames:
    """The names under which ids and predictions stand in a file."""

    ids: str
    predictions: tuple[str, ...]


@dataclass(frozen=True)
class PredictionFile:
    """A file of predictions on its way."""

    name: str
    data: bytes


def file_of(predictions: object, *, ids: Iterable[object] | None, columns: ColumnNames) -> PredictionFile:
    """The file that these predictions make. Raises Misuse for what is none, with what to give instead.

    predictions: a pandas frame with the competition's columns (its id may be the index), an array or a list
    with `ids`, a path, or a file's bytes.
    """
    if isinstance(predictions, (str, os.PathLike)):
        return _file_at(Path(predictions))
    if isinstance(predictions, (bytes, bytearray, memoryview)):
        return PredictionFile(FILE_NAME, bytes(predictions))
    if isinstance(predictions, FrameLike) and ids is None:
        return PredictionFile(FILE_NAME, _csv_of_frame(predictions, columns))
    return PredictionFile(FILE_NAME, _csv_of_values(_rows(predictions), ids, columns))


def _file_at(path: Path) -> PredictionFile:
    text = str(path)
    if len(text) > PATH_MOST or "\n" in text:
        raise Misuse(
            Message(
                "A text is taken for the path of a file, and this one, which begins with {start!r}, is none. "
                "Give a file's content as bytes: predictions.encode().",
                start=text[:START],
            )
        )
    if not _is_file(path):
        raise Misuse(Message("There is no file {path}.", path=path))
    return PredictionFile(path.name, path.read_bytes())


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long for any file
        return False


def _csv_of_frame(frame: FrameLike, columns: ColumnNames) -> bytes:
    """A frame as CSV; its index is written where it is the column of ids."""
    index: Any = getattr(frame, "index", None)
    is_index_of_ids = getattr(index, "name", None) == columns.ids and columns.ids not in list(frame.columns)
    return str(frame.to_csv(index=is_index_of_ids, lineterminator="\n")).encode()


def _rows(values: object) -> list[Sequence[object]]:
    """An array of one or two dimensions, a series or a list as rows."""
    plain = values.tolist() if hasattr(values, "tolist") else values
    if not isinstance(plain, Iterable) or isinstance(plain, dict):
        raise Misuse(
            Message(
                "Predictions of the type {type} cannot be sent. Give a pandas DataFrame, an array with "
                "ids=..., the path of a file, or its bytes.",
                type=type(values).__name__,
            )
        )
    rows = list(plain)
    return [row if isinstance(row, (list, tuple)) else [row] for row in rows]


def _csv_of_values(rows: list[Sequence[object]], ids: Iterable[object] | None, columns: ColumnNames) -> bytes:
    if ids is None:
        raise Misuse(Message("An array does not say which row is which: give ids=..., in the same order."))
    labels = [row[0] for row in _rows(ids)]
    if len(labels) != len(rows):
        raise Misuse(
            Message(
                "There are {rows} predictions and {ids} ids; each needs one.", rows=len(rows), ids=len(labels)
            )
        )
    width = len(columns.predictions)
    if (odd := next((len(row) for row in rows if len(row) != width), None)) is not None:
        raise Misuse(
            Message(
                "A row has {number} values; the competition takes {width}: {names}.",
                number=odd,
                width=width,
                names=", ".join(columns.predictions),
            )
        )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([columns.ids, *columns.predictions])
    writer.writerows([label, *row] for label, row in zip(labels, rows, strict=True))
    return text.getvalue().encode()
