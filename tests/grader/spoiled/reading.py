"""An independent reading of a file: csv as a notebook has it, and what its author means by each field.

Nothing of the grader's readers is used. A label means the same without quotes, brackets, blanks and case, and
1.0 the same as 1; a list the same with commas or brackets. Where texts hardly recur they are answers of their
own, and every letter counts.
"""

import csv
import gzip
import io
import math
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from grader.metrics import METRICS, Metric
from grader.metrics.fields import TAGS, TEXT, Field, LabelField, ListField, NumberField, RunsField, TagsField
from tests.grader.metrics.proofs import Proof, Row
from tests.grader.spoiled.competitions import Competition

RECUR = 3
TRUTHS = {"true": "1", "false": "0"}
LEAST = 1e-15  # a share, as the metrics cut it; scikit-learn cuts it elsewhere
AROUND = " \t\r\n\u00a0\u3000[](){}'\",;"
USAGE = {"Public", "Private", "Ignored"}


class Unreadable(Exception):
    """Nobody could say what the file means."""


@dataclass(frozen=True)
class Table:
    """Rows by id, in the spec's order of columns."""

    rows: dict[str, Row]


def table(data: bytes, columns: tuple[str, ...]) -> Table:
    """The file as csv. Raises Unreadable unless it has these columns, and every row an id of its own."""
    try:
        text = _unpacked(data).decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error, OSError, EOFError, zipfile.BadZipFile, ValueError) as error:
        raise Unreadable(str(error)) from error
    while lines and not lines[-1]:
        lines.pop()
    if not lines or sorted(lines[0]) != sorted(columns):
        raise Unreadable("header")
    places = [lines[0].index(name) for name in columns]
    if any(len(line) != len(columns) for line in lines):
        raise Unreadable("ragged")
    rows = {line[places[0]]: [line[place] for place in places[1:]] for line in lines[1:]}
    if len(rows) != len(lines) - 1:
        raise Unreadable("repeated ids")
    return Table(rows)


def _unpacked(data: bytes) -> bytes:
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            (name,) = archive.namelist()
            return archive.read(name)
    return data


@dataclass(frozen=True)
class Meaning:
    """The scores of an upload by the independent reading, on the public and on the private rows."""

    public: float
    private: float


def meaning(upload: bytes, key: bytes, competition: Competition) -> Meaning:
    """What the upload scores. Raises Unreadable where either file says nothing."""
    spec, proof = competition.spec, competition.proof
    truth = table(key, spec.key_columns).rows
    predictions = table(upload, spec.columns).rows
    if truth.keys() != predictions.keys():
        raise Unreadable("ids")
    if not {row[-1] for row in truth.values()} <= USAGE:
        raise Unreadable("Usage")
    read = reader(competition, [row[0] for row in truth.values() if row[-1] == "Public"])
    scores = []
    for word in ("Public", "Private"):
        names = [name for name, row in truth.items() if row[-1] == word]
        answers = [read.answer(truth[name][:-1]) for name in names]
        guesses = [read.guess(predictions[name]) for name in names]
        score = read.score(answers, guesses, proof)
        scores.append(0.0 if math.isnan(score) else score)  # where a rule says 0: constant predictions
    return Meaning(*scores)


@dataclass(frozen=True)
class Reader:
    """What the fields of a competition mean. names: of the public labels, by their bare spelling.

    positive: of a metric that looks at one label, that label and another one; all others are the same to it.
    """

    metric: Metric
    targets: int
    is_closed: bool
    names: dict[str, str]
    positive: tuple[str, str] | None
    arguments: Mapping[str, object]

    def answer(self, row: Row) -> Row:
        """The key's fields of a row: its targets, and what stands beside them."""
        return [
            *(self.meant(text, self.metric.answers) for text in row[: self.targets]),
            *row[self.targets :],
        ]

    def guess(self, row: Row) -> Row:
        """The upload's fields of a row."""
        texts = [self.meant(text, self.metric.predictions) for text in row]
        return _shares(texts) if self.metric.shares else texts

    def score(self, answers: list[Row], guesses: list[Row], proof: Proof) -> float:
        """The score of rows that have been read: by the metric's oracle, but of texts by the metric itself.

        Oracles of texts agree with the metrics on words and not on every blank between them, and those of
        tags not on what is no tag.
        """
        if self.metric.predictions not in (TEXT, TAGS):
            return proof.oracle(answers, guesses)
        columns = (pa.array([row[0] for row in rows], pa.string()) for rows in (answers, guesses))
        return self.metric.function(*columns, **self.arguments)

    def meant(self, text: str, field: Field) -> str:
        """What its author means by a field, in one spelling. Raises Unreadable."""
        match field:
            case NumberField():
                return _number(text)
            case LabelField():
                return self._label(text)
            case ListField() | TagsField():
                words = re.split(r"[\s,;|]+", text.strip(AROUND))
                return " ".join(self._named(word) for word in words if word)
            case RunsField():
                return " ".join(text.split())
            case _:
                return text

    def _label(self, text: str) -> str:
        if not text.strip():
            raise Unreadable("an empty label")
        name = self._named(text)
        return name if self.positive is None or name == self.positive[0] else self.positive[1]

    def _named(self, text: str) -> str:
        return self.names.get(bare(text), text) if self.is_closed else text


def reader(competition: Competition, public: list[str]) -> Reader:
    """How to read a competition's fields. public: the first target of the public rows."""
    metric, spec = METRICS[competition.metric], competition.spec
    words = [word for row in competition.truth for word in _words(row[0], metric)]
    known = [
        word
        for row, usage in zip(competition.truth, competition.usage, strict=True)
        for word in (_words(row[0], metric) if usage == "Public" else ())
    ]
    names = {bare(word): word for word in (*known, *spec.labels)}
    positive = [str(spec.arguments[name]) for name, each in metric.parameters.items() if each.is_label]
    others = [word for word in words if word not in positive]
    public_words = [word for text in public for word in _words(text, metric)]
    is_closed = len(set(public_words)) * RECUR <= len(public_words)
    pair = (positive[0], others[0]) if positive else None
    return Reader(metric, len(spec.target_columns), is_closed, names, pair, spec.arguments)


def _words(text: str, metric: Metric) -> list[str]:
    has_lists = isinstance(metric.predictions, ListField | TagsField)
    return text.split() if has_lists else [text]


def _shares(row: Row) -> Row:
    numbers = [float(text) for text in row]
    if sum(numbers) <= 0.0:
        raise Unreadable("no shares")
    return [repr(max(number / sum(numbers), LEAST)) for number in numbers]


def _number(text: str) -> str:
    try:
        number = float(TRUTHS.get(text.casefold(), text))
    except ValueError as error:
        raise Unreadable(text) from error
    if not math.isfinite(number):
        raise Unreadable(text)
    return repr(number)


def bare(text: str) -> str:
    """A label without quotes, brackets, blanks and case; a number by its value, truth as 1 and 0."""
    name = re.sub(r"^b(?=['\"])", "", text.strip()).strip(AROUND).casefold()
    name = TRUTHS.get(name, name)
    return repr(float(name)) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?", name) else name
