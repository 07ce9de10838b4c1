"""What a host reads of an answer key's faults, where the words for a student's file would mislead."""

from dataclasses import replace

from grader.errors import Problem
from grader.metrics.fields import NumberField, noun_of
from grader.spec import USAGE_COLUMN, GradingSpec

ADD_USAGE = f"Add the column {USAGE_COLUMN}: Public, Private or Ignored in each row."

HINTS = {
    "missing_column": "Name the columns in the key as competition.toml does.",
    "extra_column": "{usual} A column that the metric reads is named in auxiliary_columns.",
    "no_rows": "Write one row for each id of the test set, with its true value.",
    "too_many_rows": "Write one row for each id of the test set.",
    "empty_value": "Give each of these rows its true value, or take its id out of the test set.",
    "not_finite": "A true value is a finite number: mend these, or take their ids out of the test set.",
    "out_of_range": "{metric} takes {values}: mend these true values, or choose another metric.",
    "not_whole": "{metric} takes {values}: mend these true values, or choose another metric.",
    "unknown_label": "Mend these labels, or declare them under labels in competition.toml.",
}


def for_host(problem: Problem, spec: GradingSpec) -> Problem:
    """The problem of a key's file with advice for whoever wrote the key."""
    hint = _hint(problem, spec)
    return problem if hint is None else replace(problem, hint=hint)


def _hint(problem: Problem, spec: GradingSpec) -> str | None:
    if problem.code == "missing_column" and USAGE_COLUMN in problem.examples:
        return ADD_USAGE
    if problem.code == "misspelt_column" and f"'{USAGE_COLUMN}' was expected" in problem.message:
        return f"{ADD_USAGE} {problem.hint}"
    hint = HINTS.get(problem.code)
    return hint and hint.format(usual=problem.hint, metric=spec.metric, values=_values(spec))


def _values(spec: GradingSpec) -> str:
    field = spec.definition.answers
    return noun_of(field) if isinstance(field, NumberField) else "other values"
