"""The grader in a notebook: arrays and frames in, scores out, by the same rules as on the server.

What comes in as arrays is written as the file that it would be, and read by the one reader of files, so that
a score here is the score of an upload, and a fault gets the same words.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np

from grader.answer_keys.answer_key import AnswerKey
from grader.errors import BadSpec
from grader.grade import Grade, predictions_in
from grader.messages import Message
from grader.metrics import METRICS, Columns, Metric, canonical_name
from grader.metrics.fields import Field, NumberField
from grader.reading.causes.whole_files import names_in
from grader.reading.unpack import unpack
from grader.spec import CUSTOM, USAGE_COLUMN, GradingSpec

ID = "row"  # the id column of arrays, which have none


class NamedColumns(Protocol):
    """A table of columns by name: pandas' and polars' DataFrame."""

    @property
    def columns(self) -> Iterable[Any]:
        """The names."""

    def __getitem__(self, name: Any, /) -> Any:
        """One column."""


Table: TypeAlias = bytes | str | Path | Mapping[str, Sequence[Any]] | NamedColumns


def score(
    y_true: Any,
    y_pred: Any,
    metric: str,
    *,
    labels: Sequence[Any] = (),
    columns: Mapping[str, Any] | None = None,
    **arguments: Any,
) -> float:
    """The score of predictions by a metric of the catalogue.

    y_true: (n_rows,), or (n_rows, n_targets) for a metric of several columns. y_pred: as y_true, or
    (n_rows, n_classes) for one column a class, in the order of `labels`: the sorted labels of y_true unless
    they are given; y_true may be a column of 0 and 1 for each as well. Rows go by their place. Lists, numpy
    arrays, Series and DataFrames will do; a row of a list metric is a list of items. columns: the metric's
    further columns (weights, groups), (n_rows,) each.
    arguments: the metric's settings (k, positive, beta, ...).
    Raises UnknownMetric, BadSpec, InvalidAnswerKey for y_true, and InvalidSubmission for y_pred.

    >>> score([3.0, -0.5, 2.0], [2.5, 0.0, 2.0], "mean_absolute_error")
    0.3333333333333333
    >>> score(["cat", "dog", "dog"], ["cat", "dog", "cat"], "f1", positive="dog")
    0.6666666666666666
    """
    definition, auxiliary = METRICS[canonical_name(metric)], columns or {}
    truth = _columns_of(y_true, as_words=_holds_words(definition.answers))
    predictions = _columns_of(y_pred, as_words=_holds_words(definition.predictions))
    is_one_hot = definition.columns is Columns.PER_CLASS and len(truth) > 1
    texts = [_word(label) for label in labels]
    if not texts and definition.columns is Columns.PER_CLASS:
        sorted_labels = range(len(truth)) if is_one_hot else np.unique(np.asarray(y_true).ravel())
        texts = [_word(label) for label in sorted_labels]
    spec = GradingSpec(
        metric,
        ID,
        tuple(texts) if is_one_hot else _names("y", truth),
        labels=tuple(texts),
        prediction_columns=_names("p", predictions) if definition.columns is Columns.OWN else (),
        auxiliary={name: f"column {name}" for name in auxiliary},
        arguments=_arguments(definition, arguments),
    )
    rows = len(truth[0])
    further = [_columns_of(column, as_words=True)[0] for column in auxiliary.values()]
    _require_sizes(spec, rows, predictions, further)
    ids = [str(row) for row in range(rows)]
    key = AnswerKey.for_own_use(_csv(spec.key_columns, [ids, *truth, *further, ["Public"] * rows]), spec)
    return key.score(predictions_in(_csv(spec.columns, [ids, *predictions]), key), key.public)


def read_key(
    table: Table,
    metric: str | GradingSpec,
    *,
    id_column: str = "",
    target_columns: Sequence[str] = (),
    labels: Sequence[str] = (),
    prediction_columns: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    **arguments: Any,
) -> AnswerKey:
    """An answer key for scoring one's own files: a file's bytes or path, or a frame.

    metric: a name of the catalogue, or a whole spec, which the other arguments then do not change.
    id_column: the first column unless it is named. target_columns: the columns that are left unless they are
    named. columns: the key's further columns, by what the metric calls them. A key without the column Usage
    is one split, which counts as public. What a competition's key is refused for since it gives answers away
    is no fault here. Raises UnknownMetric, BadSpec, and InvalidAnswerKey with every problem.
    """
    data = _bytes(table)
    if isinstance(metric, GradingSpec):
        if metric.metric == CUSTOM:
            raise BadSpec(Message("A homework's own metric runs on the server alone; score its files there."))
        return AnswerKey.for_own_use(_with_usage(data), metric)
    names, auxiliary = _header(data), dict(columns or {})
    id_column = id_column or (names[0] if names else "id")
    others = {id_column, USAGE_COLUMN, *auxiliary.values()}
    spec = GradingSpec(
        metric,
        id_column,
        tuple(target_columns) or tuple(name for name in names if name not in others),
        labels=tuple(labels),
        prediction_columns=tuple(prediction_columns),
        auxiliary=auxiliary,
        arguments=_arguments(METRICS[canonical_name(metric)], arguments),
    )
    return AnswerKey.for_own_use(_with_usage(data), spec)


def grade_file(table: Table, key: AnswerKey) -> Grade:
    """The scores of an upload, a file's bytes or path, or a frame; NaN for a split without rows.

    Raises InvalidSubmission with every problem.
    """
    predictions = predictions_in(unpack(_bytes(table), key.spec.limits), key)
    public, private = (
        key.score(predictions, split) if split.start < split.stop else float("nan")
        for split in (key.public, key.private)
    )
    return Grade(public, private, key.rows)


def _holds_words(field: Field) -> bool:
    """Whether a row of this field is one text, which may have several items."""
    return not isinstance(field, NumberField)


def _columns_of(values: Any, *, as_words: bool) -> list[list[str]]:
    """The columns of one side as the fields of a file. as_words: a row is a label, a list or a text."""
    field_of = _word if as_words else _number
    if hasattr(values, "columns"):
        return [[field_of(value) for value in values[name]] for name in values.columns]
    rows = list(values)
    is_table = isinstance(values, np.ndarray) and values.ndim == 2
    if (
        rows
        and (is_table or not as_words)
        and all(isinstance(row, list | tuple | np.ndarray) for row in rows)
    ):
        return [[field_of(value) for value in column] for column in zip(*map(list, rows), strict=True)]
    return [[field_of(value) for value in rows]]


def _word(value: Any) -> str:
    """A label, or a list's items, as a file has them; of whole numbers and truth values the number.

    >>> _word(1.0), _word(True), _word([3, 1]), _word("cat")
    ('1', '1', '3 1', 'cat')
    """
    if isinstance(value, list | tuple | np.ndarray):
        return " ".join(map(_word, value))
    is_whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if is_whole or isinstance(value, bool | np.bool_) else _field(value)


def _number(value: Any) -> str:
    """A number as a file has it; of a truth value 0 or 1."""
    return str(int(value)) if isinstance(value, bool | np.bool_) else _field(value)


def _field(value: Any) -> str:
    """A value as a file has it: an empty field for what is missing, blanks between the items of a list.

    >>> _field([1, 2]), _field(float("nan")), _field(np.float64(0.5)), _field(True)
    ('1 2', '', '0.5', 'True')
    """
    if isinstance(value, list | tuple | np.ndarray):
        return " ".join(map(_field, value))
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or str(value) in ("<NA>", "NaT", "nan"):
        return ""
    return repr(value) if isinstance(value, float) else str(value)


def _names(letter: str, columns: list[list[str]]) -> tuple[str, ...]:
    return tuple(f"{letter}{number}" for number in range(len(columns)))


def _arguments(metric: Metric, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with a label as text, as it stands in the file, and a tuple as a list."""
    return {
        name: _word(value)
        if name in metric.parameters and metric.parameters[name].is_label
        else list(value)
        if isinstance(value, tuple)
        else value
        for name, value in arguments.items()
    }


def _require_sizes(
    spec: GradingSpec, rows: int, predictions: list[list[str]], further: list[list[str]]
) -> None:
    for name, columns in (("y_pred", predictions), ("columns", further)):
        sizes = {len(column) for column in columns} - {rows}
        if sizes:
            raise BadSpec(
                Message(
                    "y_true has {rows:,} rows; {name} has {size:,}.", rows=rows, name=name, size=min(sizes)
                )
            )
    if len(predictions) != len(spec.prediction_columns):
        raise BadSpec(
            Message(
                "{metric} takes {count} columns of predictions here ({names}); y_pred has {columns}.",
                metric=spec.metric,
                count=len(spec.prediction_columns),
                names=", ".join(spec.prediction_columns[:5]),
                columns=len(predictions),
            )
        )


def _bytes(table: Table) -> bytes:
    """The bytes of a file, or those that a frame would be written as."""
    if isinstance(table, bytes):
        return table
    if isinstance(table, str | Path):
        return Path(table).read_bytes()
    names = list(table.columns) if hasattr(table, "columns") else list(table)
    return _csv([str(name) for name in names], [[_field(value) for value in table[name]] for name in names])


def _csv(names: Sequence[str], columns: Sequence[Sequence[str]]) -> bytes:
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(zip(*columns, strict=True))
    return lines.getvalue().encode()


def _header(data: bytes) -> tuple[str, ...]:
    text = data.removeprefix(b"\xef\xbb\xbf")
    return names_in(text.splitlines()[0]) if text.strip() else ()


def _with_usage(data: bytes) -> bytes:
    """A key's bytes with all rows public, where it has no column Usage."""
    names = _header(data)
    if USAGE_COLUMN in names or not names:
        return data
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return data  # the reader of keys says what is wrong
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow([*rows[0], USAGE_COLUMN])
    writer.writerows([*row, "Public"] for row in rows[1:])
    return lines.getvalue().encode()
