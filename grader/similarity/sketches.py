"""What is kept of a file to compare it with others: its answers on a sample of rows, and a digest of all.

The sample is the same for all files under one answer key. A file's row order, column order and formatting do
not matter: its values are brought into the key's order first, as for scoring.
"""

import hashlib
import zlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.answer_keys.answer_key import AnswerKey
from grader.grade import AnyAnswerKey, predictions_in
from grader.metrics import Columns
from grader.metrics.fields import LABEL, LabelField, NumberField
from grader.metrics.lists import Lists
from grader.reading.fields.values import Values, take_rows
from grader.reading.unpack import unpack

ROWS_MOST = 4_096  # of the sample; of fewer rows, all are taken
CELLS_MOST = 16_384  # rows times columns
ROWS_LEAST = 256
SEED = 20_300_315


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """What is kept of a file to compare it with others.

    digest: SHA-256 of all values in the key's order. values: those of the sample, a row's columns one after
    another, (n_cells,); int32 for labels, float32 for numbers.
    """

    digest: str
    values: NDArray[np.generic]


class Sketcher:
    """Makes sketches of files under one answer key.

    is_labels: whether values are compared as labels, equal or not; lists, masks and text are, too. is_coded:
    whether these are class numbers of the key; else numbers made of their text. columns:
    cells of a row. rows: the sample's places in the key's order, ascending. truth: the true values there.
    """

    def __init__(self, key: AnyAnswerKey) -> None:
        self.key = key
        self.columns = len(key.layout.value_columns)
        count = min(key.rows, ROWS_MOST, max(CELLS_MOST // self.columns, ROWS_LEAST))
        rng = np.random.default_rng(SEED)
        self.rows: NDArray[np.int64] = np.sort(rng.choice(key.rows, count, replace=False)).astype(np.int64)
        self.is_coded = isinstance(key, AnswerKey) and key.metric.predictions == LABEL
        self.is_labels = self.is_coded or not _holds_numbers(key)
        self.truth = self._truth()

    def sketch(self, data: bytes) -> Sketch:
        """The sketch of an upload. Raises InvalidSubmission."""
        columns = self._columns(unpack(data, self.key.layout.file_limits))
        digest = hashlib.sha256()
        for column in columns:
            _feed(digest, column)
        return Sketch(digest.hexdigest(), self._cells([take_rows(column, self.rows) for column in columns]))

    def answers(self, data: bytes) -> NDArray[np.generic]:
        """The cells of all rows of an upload, not the sample's alone. Raises InvalidSubmission."""
        return self._cells(self._columns(unpack(data, self.key.layout.file_limits)))

    def _columns(self, text: bytes) -> list[Values]:
        if not isinstance(self.key, AnswerKey):
            table = self.key.predictions_of(text)
            return [table[name].combine_chunks() for name in self.key.layout.value_columns]
        values = predictions_in(text, self.key)
        if isinstance(values, np.ndarray) and values.ndim == 2:
            return [values[:, column] for column in range(values.shape[1])]
        if self.is_coded:
            assert isinstance(values, np.ndarray), "labels are class numbers"
            return [np.minimum(values, _unknown(self.key)).astype(np.int32)]
        return [values]

    def _cells(self, columns: list[Values]) -> NDArray[np.generic]:
        if self.is_labels and not self.is_coded:
            return np.stack([_codes(column) for column in columns], axis=1).ravel()
        kind = np.int32 if self.is_labels else np.float32
        with np.errstate(over="ignore"):  # scores of which only the order counts may be too large
            return np.stack([_numbers(column).astype(kind) for column in columns], axis=1).ravel()

    def _truth(self) -> NDArray[np.generic]:
        rows = self.rows
        if not isinstance(self.key, AnswerKey):
            names, truth = self.key.layout.value_columns, self.key.answers
            if not set(names) <= set(truth.column_names):
                return np.full(len(rows) * self.columns, -1, dtype=np.int32)
            return self._cells([take_rows(truth[name].combine_chunks(), rows) for name in names])
        answers = take_rows(self.key.answers, rows)
        if self.is_labels:
            return self._cells([answers])
        assert isinstance(answers, np.ndarray), "numbers are compared with numbers or class numbers"
        table = answers.astype(np.float64)
        if self.key.metric.columns is Columns.PER_CLASS:
            table = np.equal(table[:, None], np.arange(self.columns)).astype(np.float64)
        return np.broadcast_to(table.reshape(len(rows), -1), (len(rows), self.columns)).ravel()


def _unknown(key: AnswerKey) -> int:
    """The class number of every label that the key does not have: they are numbered anew in each file."""
    vocabulary: pa.StringArray = getattr(key.layout.rules[0], "vocabulary", arrow.NO_TEXTS)
    return len(vocabulary)


def _holds_numbers(key: AnyAnswerKey) -> bool:
    if isinstance(key, AnswerKey):
        return isinstance(key.metric.predictions, NumberField) and (
            isinstance(key.metric.answers, NumberField | LabelField)
        )
    names = key.layout.value_columns
    kinds = {name: key.answers.schema.field(name).type for name in names if name in key.answers.column_names}
    return len(kinds) == len(names) and all(pa.types.is_floating(kind) for kind in kinds.values())


def _numbers(values: Values) -> NDArray[np.generic]:
    """A column as numpy's; of a custom metric's columns, nulls and text where the key has numbers are 0."""
    if isinstance(values, np.ndarray):
        return values
    assert not isinstance(values, Lists), "lists are compared as labels"
    if not (pa.types.is_floating(values.type) or pa.types.is_integer(values.type)):
        return np.zeros(len(values))
    return arrow.numpy(values.cast(pa.float64()).fill_null(0.0))


def _codes(values: Values) -> NDArray[np.int32]:
    """A number of 31 bits for each value; that two values share one is possible and rare."""
    if isinstance(values, Lists):
        texts = [values.row(number).tobytes() for number in range(len(values))]
    elif isinstance(values, np.ndarray):
        texts = [repr(each).encode() for each in values.tolist()]
    else:
        texts = [str(each).encode() for each in values.to_pylist()]
    return np.array([zlib.crc32(text) >> 1 for text in texts], dtype=np.int32)


def _feed(digest: "hashlib._Hash", values: Values) -> None:
    """Add a column's values to a digest, in a form that no formatting changes."""
    if isinstance(values, Lists):
        digest.update((values.ends - values.ends[0]).tobytes())
        digest.update(values.flat.tobytes())
    elif isinstance(values, np.ndarray):
        digest.update(np.ascontiguousarray(values + 0).tobytes())  # -0.0 + 0 is 0.0
    elif pa.types.is_string(values.type):
        digest.update(arrow.numpy(pc.fill_null(pc.binary_length(values), -1)).tobytes())
        digest.update(b"".join(pc.fill_null(values.cast(pa.binary()), b"").to_pylist()))
    else:
        digest.update(repr(values.to_pylist()).encode())
