"""What is wrong with an answer key. Staff read this, before a competition exists; students never do."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.answer_keys.host_words import for_host
from grader.answer_keys.words import word_problems
from grader.errors import Problem
from grader.messages import Message
from grader.metrics import Metric
from grader.metrics.fields import BIT, NUMBER, BoxesField, ClassMapField, RunsField
from grader.reading.careful import TextTable
from grader.reading.fields.layout import Rule, RunsRule, WordRule, first_pixel, rule_of
from grader.reading.fields.row_rules import pixels
from grader.reading.fields.value_problems import row_problems, value_problems
from grader.reading.fields.values import Values
from grader.reading.locations import comma_list, count_of_rows
from grader.spec import USAGE_COLUMN, GradingSpec

SPLITS = ("Public", "Private")
NAMED_MOST = 1_000  # rows of a split that are looked for
USAGE_WORDS = (*SPLITS, "Ignored")


def key_problems(table: TextTable, spec: GradingSpec, splits: tuple[str, ...]) -> Iterator[Problem]:
    """Every problem of a key whose rows have been read as text. splits: those that must have rows."""
    yield from _id_problems(table, spec.id_column)
    yield from _usage_problems(table, splits)
    targets = [*_target_problems(table, spec)]
    yield from targets
    if not targets:
        yield from word_problems(table, spec)


def _id_problems(table: TextTable, id_column: str) -> Iterator[Problem]:
    ids = table.columns[id_column]
    rows = np.flatnonzero(arrow.is_empty(ids))
    if len(rows):
        yield table.locations.problem(
            "blank_id",
            Message("{rows} without an id.", rows=count_of_rows(len(rows))),
            Message("Give every row an id."),
            rows,
        )
    codes = arrow.numpy(ids.dictionary_encode().indices)
    _, first_rows = np.unique(codes, return_index=True)
    repeats = np.delete(np.arange(len(ids)), first_rows)
    if len(repeats):
        yield table.locations.problem(
            "repeated_id",
            Message("{rows} with an id that stood before.", rows=count_of_rows(len(repeats))),
            Message("Give every row its own id."),
            repeats,
        )


def _usage_problems(table: TextTable, splits: tuple[str, ...]) -> Iterator[Problem]:
    usage = table.columns[USAGE_COLUMN]
    words = arrow.byte_strings([word.encode() for word in USAGE_WORDS])
    rows = np.flatnonzero(~arrow.numpy(pc.is_in(usage, value_set=words)))
    meant = _words_meant(usage, rows)
    if len(rows):
        pairs = [
            Message("'{word}' for '{written}'", word=word, written=written) for written, word in meant.items()
        ]
        yield table.locations.problem(
            "bad_usage",
            Message(
                "{rows} with a Usage other than {words}.",
                rows=count_of_rows(len(rows)),
                words=", ".join(USAGE_WORDS),
            ),
            Message("Write {pairs}.", pairs=comma_list(pairs))
            if pairs
            else Message("Write one of these words, with its capital."),
            rows,
            usage,
        )
    for word in splits:
        is_there = pc.any(pc.equal(usage, arrow.byte_string(word.encode()))).as_py()
        if not is_there and word not in meant.values():
            yield Problem(
                f"no_{word.lower()}_rows",
                Message("No row has the Usage {word}, so that split has no score.", word=word),
                Message("Mark some rows Public and the others Private."),
            )


def _words_meant(usage: pa.BinaryArray, rows: NDArray[np.int64]) -> dict[str, str]:
    """The words in these rows that are right but for their case and blanks, with the right ones."""
    words = {usage[int(row)].as_py().decode("utf-8", errors="replace") for row in rows[:1_000]}
    meant = {word: word.strip().capitalize() for word in sorted(words)}
    return {word: right for word, right in meant.items() if right in USAGE_WORDS}


def _target_problems(table: TextTable, spec: GradingSpec) -> Iterator[Problem]:
    metric = spec.definition
    # A custom metric says nothing of its auxiliary columns: any text may stand there, as in its targets.
    fields = {column: metric.auxiliary.get(name, metric.answers) for name, column in spec.auxiliary.items()}
    fields |= dict.fromkeys(spec.target_columns, metric.answers)
    well_formed = True
    for name, field in fields.items():
        column = table.columns[name]
        rule: Rule = NUMBER if field == BIT else rule_of(field)
        if isinstance(rule, WordRule) and name in spec.target_columns:
            rule = replace(rule, allowed=spec.labels)
        problems = [for_host(each, spec) for each in value_problems(name, column, rule, table.locations)]
        yield from problems
        well_formed = well_formed and not problems
        if not problems and field == BIT:
            yield from _not_two_classes(name, column, spec, table)
        if well_formed and isinstance(field, RunsField):
            rule = RunsRule(first_pixel(spec.arguments), _pixels(table, spec))
            yield from row_problems(name, column, rule, table.locations, np.arange(len(column)))
        if well_formed and isinstance(field, BoxesField | ClassMapField):
            yield from row_problems(name, column, rule, table.locations, np.arange(len(column)))


def _pixels(table: TextTable, spec: GradingSpec) -> NDArray[np.int64]:
    sides = {
        name: arrow.numpy(table.columns[column].cast(pa.string()).cast(pa.float64()))
        for name, column in spec.auxiliary.items()
    }
    return pixels(spec.arguments, sides, len(table.columns[spec.id_column]))


def _not_two_classes(
    name: str, column: pa.BinaryArray, spec: GradingSpec, table: TextTable
) -> Iterator[Problem]:
    is_filled = ~arrow.is_empty(column)  # a blank line is reported with the ids
    numbers = arrow.numpy(column.filter(arrow.booleans(is_filled)).cast(pa.string()).cast(pa.float64()))
    rows = np.flatnonzero(is_filled)[(numbers != 0.0) & (numbers != 1.0)]
    if len(rows):
        yield table.locations.problem(
            "not_two_classes",
            Message(
                "Column '{name}' must be 0 or 1 for {metric}; not so in {rows}.",
                name=name,
                metric=spec.metric,
                rows=count_of_rows(len(rows)),
            ),
            Message("Write 1 for the class whose probability is predicted, else 0."),
            rows,
            column,
        )


def absent_labels(metric: Metric, labels: Mapping[str, Any], numbers: Mapping[str, Any]) -> Iterator[Problem]:
    """The labels among the metric's arguments that no row has. numbers: as the metric gets them."""
    for name, parameter in metric.parameters.items():
        if parameter.is_label and numbers[name] < 0:
            yield Problem(
                "absent_label",
                Message(
                    "No row of the key has the label '{label}', which {name} names.",
                    label=labels[name],
                    name=name,
                ),
                Message(
                    "Set metric_arguments.{name} to one of the key's labels, as it stands in the file.",
                    name=name,
                ),
            )


def split_problems(
    split_name: str, metric: Metric, answers: Values, values: dict[str, Any]
) -> Iterator[tuple[Problem, NDArray[np.int64]]]:
    """What a split's answers lack for the metric, and the rows that lack it where single ones do.

    values: the metric's arguments and auxiliary columns.
    """
    for need in metric.needs:
        if len(answers) == 0 or need.met(answers, **values):
            continue
        rows = np.empty(0, dtype=np.int64)
        if need.of_rows:
            numbers = _single_rows(partial(need.met, **values), answers, 0, len(answers))
            rows = np.fromiter(islice(numbers, NAMED_MOST), dtype=np.int64)
        message = Message("{split} rows: {fault}", split=split_name, fault=need.message)
        yield Problem(need.code, message, need.hint, max(1, len(rows))), rows


def _single_rows(is_met: Callable[[Values], bool], answers: Values, start: int, stop: int) -> Iterator[int]:
    """The rows that break a rule by themselves, in order, by halving the stretches that break it."""
    if is_met(answers[start:stop]):
        return
    if stop - start == 1:
        yield start
        return
    middle = (start + stop) // 2
    yield from _single_rows(is_met, answers, start, middle)
    yield from _single_rows(is_met, answers, middle, stop)
