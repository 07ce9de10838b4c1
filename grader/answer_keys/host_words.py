"""What a host reads of an answer key's faults, where the words for a student's file would mislead."""

from dataclasses import replace

from grader.errors import Problem
from grader.messages import Message, Text, joined
from grader.metrics.fields import NumberField, noun_of
from grader.spec import USAGE_COLUMN, GradingSpec

ADD_USAGE = Message("Add the column Usage: Public, Private or Ignored in each row.")

MEND_OR_CHOOSE = Message("{metric} takes {values}: mend these true values, or choose another metric.")
WRITE_THE_KEY = Message(
    "Give the CSV file of the answer key: a header, and a row for each id of the test set with its true "
    "value."
)
HINTS = {
    "empty_file": WRITE_THE_KEY,
    "not_csv": WRITE_THE_KEY,
    "missing_column": Message("Name the columns in the key as competition.toml does."),
    "no_rows": Message("Write one row for each id of the test set, with its true value."),
    "too_many_rows": Message("Write one row for each id of the test set."),
    "empty_value": Message("Give each of these rows its true value, or take its id out of the test set."),
    "not_finite": Message(
        "A true value is a finite number: mend these, or take their ids out of the test set."
    ),
    "out_of_range": MEND_OR_CHOOSE,
    "not_whole": MEND_OR_CHOOSE,
    "unknown_label": Message("Mend these labels, or declare them under labels in competition.toml."),
}


def for_host(problem: Problem, spec: GradingSpec) -> Problem:
    """The problem of a key's file with advice for whoever wrote the key."""
    hint = _hint(problem, spec)
    return problem if hint is None else replace(problem, hint=hint)


def _hint(problem: Problem, spec: GradingSpec) -> Text | None:
    if problem.code == "missing_column" and USAGE_COLUMN in problem.examples:
        return ADD_USAGE
    if problem.code == "misspelt_column" and f"'{USAGE_COLUMN}' was expected" in problem.message:
        return joined(ADD_USAGE, problem.hint)
    if problem.code == "extra_column":
        return joined(problem.hint, Message("A column that the metric reads is named in auxiliary_columns."))
    hint = HINTS.get(problem.code)
    return hint and hint.filled(metric=spec.metric, values=_values(spec))


def _values(spec: GradingSpec) -> str:
    field = spec.definition.answers
    return noun_of(field) if isinstance(field, NumberField) else Message("other values")
