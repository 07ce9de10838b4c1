"""Is this file well-formed? Against an answer key on the server, or offline against sample_submission.csv."""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from grader.errors import Doubt, InvalidSubmission, Problem
from grader.messages import Message, joined
from grader.metrics import METRICS, Metric, canonical_name
from grader.metrics.fields import LABEL, NUMBER, NumberField
from grader.reading.careful import read_carefully, read_text
from grader.reading.fields.layout import WHOLE, LabelRule, Layout, Rule, TextRule
from grader.reading.fields.notation import LABEL_MARKS, Notation
from grader.reading.fields.number_problems import are_swapped, number_mask
from grader.reading.fields.row_rules import misfits, rule_of_sample
from grader.reading.header import read_header
from grader.reading.ids.index import IdIndex, Places
from grader.reading.quick import FileColumns, read_quickly
from grader.reading.unpack import unpack
from grader.spec import CUSTOM, Limits

BLANK = ord(" ")
STEP = 1 << 20  # bytes that are counted at once


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A well-formed file in a few numbers."""

    rows: int
    columns: tuple[str, ...]
    size: int

    def __str__(self) -> str:
        return f"{self.rows:,} rows, columns {', '.join(self.columns)}, {self.size:,} bytes"


def check(data: bytes, *, sample: bytes, metric: str | None = None) -> CheckedFile:
    """What is in a well-formed file. Raises InvalidSubmission with every problem, or UnknownMetric.

    sample: the bytes of sample_submission.csv, whose ids and columns the file must have; its first column is
    the id. metric: says what the others hold; without it, a column must hold finite numbers where the sample
    does.
    """
    definition = None if metric in (None, CUSTOM) else METRICS[canonical_name(metric)]
    layout = _layout_of_sample(sample, definition)
    text = unpack(data, layout.file_limits)
    read_and_align(text, layout)
    return CheckedFile(len(layout.ids), layout.columns, len(data))


def read_and_align(text: bytes, layout: Layout) -> tuple[FileColumns, Places]:
    """The file's columns, and the place of each of its rows among the answers. Raises InvalidSubmission."""
    header = read_header(text, layout.columns, layout.limits, layout.rules)
    if not all(isinstance(rule, NumberField | LabelRule) for rule in layout.rules):
        _require_few_items(text, layout.limits)
    with suppress(Doubt):
        columns = read_quickly(text, header, layout)
        places = layout.ids.places_of(columns.ids)
        _require_rows_that_fit(columns, places, layout)
        return columns, places
    columns = read_carefully(text, header, layout)
    return columns, layout.ids.places_of(columns.ids)


def _require_few_items(text: bytes, limits: Limits) -> None:
    """Raise before memory is spent on each item: a few megabytes of gzip hold a hundred million."""
    octets = np.frombuffer(text, dtype=np.uint8)
    pieces = (octets[start : start + STEP] for start in range(0, len(text), STEP))
    count = sum(int(np.count_nonzero(piece == BLANK)) for piece in pieces)
    if count > limits.items:
        problem = Problem(
            "too_many_items",
            Message(
                "The file has {count:,} blanks; more than {most:,} items or words are not read.",
                count=count,
                most=limits.items,
            ),
            Message("Write one blank between two items, and no more items in a row than can count."),
            count,
        )
        raise InvalidSubmission((problem,))


def _require_rows_that_fit(columns: FileColumns, places: Places, layout: Layout) -> None:
    """Raise Doubt where values that are well-formed each by itself may not be so together."""
    for values, rule in zip(columns.values, layout.rules, strict=True):
        if any(mask.any() for mask in misfits(values, rule, places).values()):
            raise Doubt("a value that does not fit its row")
    if layout.shares and not (np.sum(np.array(columns.values), axis=0) > 0.0).all():
        raise Doubt("a row without shares")
    numbers = dict(zip(layout.value_columns, columns.values, strict=True))
    ends = [np.asarray(numbers[name], dtype=np.float64) for name in (*layout.rising[:1], *layout.rising[-1:])]
    if ends and are_swapped(*ends):
        raise Doubt("ends that cross in every row")


def _layout_of_sample(sample: bytes, metric: Metric | None) -> Layout:
    limits = Limits()
    text = unpack(sample, limits)
    header = read_header(text, _header_names(text), limits)
    id_column, *names = header.columns
    table = read_text(text, header, limits, id_column=id_column)
    if table.problems:
        raise InvalidSubmission(tuple(_sample_problem(problem) for problem in table.problems))
    rules = tuple(_rule(table.columns[name].cast(pa.string()), metric) for name in names)
    ids = IdIndex(table.columns[id_column].cast(pa.string()))
    return Layout(id_column, tuple(names), rules, ids, limits, metric is not None and metric.shares)


def _header_names(text: bytes) -> tuple[str, ...]:
    line = text.splitlines()[0].decode("utf-8", errors="replace")
    return tuple(name.strip('"') for name in line.split(","))


def _rule(values: pa.StringArray, metric: Metric | None) -> Rule:
    if metric is not None and metric.predictions != LABEL:
        return rule_of_sample(metric.predictions, values)
    if metric is None and bool(number_mask(values.cast(pa.binary())).all()):
        return NUMBER
    if metric is None and bool(pc.any(pc.match_substring_regex(values, pattern=r"^$|\s")).as_py()):
        return TextRule()
    are_whole = pc.all(pc.match_substring_regex(values, pattern=WHOLE)).as_py()
    notation = None if metric is None else Notation.of_sample(values, LABEL_MARKS)
    return LabelRule(pc.unique(values), (), bool(are_whole), notation)


def _sample_problem(problem: Problem) -> Problem:
    return Problem(
        problem.code,
        joined(Message("sample_submission.csv itself is not well-formed."), problem.message),
        Message("Download it again."),
        problem.count,
        problem.lines,
        problem.examples,
    )
