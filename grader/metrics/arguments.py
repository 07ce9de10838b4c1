"""The arguments of a metric: those that are given, and the defaults of the others."""

from collections.abc import Mapping
from typing import Any

from grader.errors import BadSpec
from grader.messages import Message
from grader.metrics.metric import Argument, Metric


def all_arguments(
    name: str, metric: Metric, settings: Mapping[str, Any], *, columns: int
) -> dict[str, Argument]:
    """Each argument of a metric of the catalogue as its function takes it.

    name: of the metric. columns: how many the upload has beside the id.
    Raises BadSpec for one that is unknown, missing, or out of its bounds.
    """
    for argument in settings:
        if argument not in metric.parameters:
            raise BadSpec(
                Message(
                    "{metric} has no argument '{name}'; it has: {arguments}.",
                    metric=name,
                    name=argument,
                    arguments=names_or_none(metric.parameters),
                )
            )
    arguments = {}
    for argument, parameter in metric.parameters.items():
        setting = settings.get(argument, parameter.default)
        if setting is None:
            raise BadSpec(
                Message(
                    "{metric} needs the argument '{name}': {summary}.",
                    metric=name,
                    name=argument,
                    summary=parameter.summary,
                )
            )
        arguments[argument] = value = parameter.convert(argument, setting)
        if parameter.per_column and isinstance(value, tuple) and len(value) != columns:
            raise BadSpec(
                Message(
                    "{name} must have a number for each of the {columns} prediction columns; it has {count}.",
                    name=argument,
                    columns=columns,
                    count=len(value),
                )
            )
    return arguments


def names_or_none(names: Mapping[str, object]) -> str:
    """The names one after another, or the word for none."""
    return ", ".join(names) or Message("none")
