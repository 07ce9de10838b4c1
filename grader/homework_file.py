"""From a homework's competition.toml, and its metric.py where it has one, to what the grader needs."""

from collections.abc import Mapping
from typing import Any

from grader.custom_metrics.metric import FILE, CustomMetric
from grader.errors import BadSpec
from grader.spec import CUSTOM, GradingSpec, Limits

USUAL = Limits()


def spec_of_table(
    table: Mapping[str, Any], limits: Limits = USUAL, *, metric_file: bytes | None = None
) -> GradingSpec:
    """The spec in a competition.toml, whose other keys do not matter.

    metric_file: the bytes of the homework's metric.py, None where it has none. Raises BadSpec or
    UnknownMetric.
    """
    arguments = dict(table.get("metric_arguments", {}))
    return GradingSpec(
        metric=table["metric"],
        id_column=table["id_column"],
        target_columns=tuple(table["target_columns"]),
        limits=limits,
        labels=tuple(table.get("labels", ())),
        prediction_columns=tuple(table.get("prediction_columns", ())),
        auxiliary=dict(table.get("auxiliary_columns", {})),
        arguments=arguments,
        custom=_custom(table["metric"], arguments, table.get("higher_is_better"), metric_file),
    )


def _custom(
    metric: str, arguments: Mapping[str, Any], higher_is_better: bool | None, metric_file: bytes | None
) -> CustomMetric | None:
    if metric != CUSTOM:
        if higher_is_better is not None:
            raise BadSpec(
                f'higher_is_better is for metric = "{CUSTOM}" alone; {metric} has a direction of its own.'
            )
        return None
    if higher_is_better is None:
        raise BadSpec(f'metric = "{CUSTOM}" needs higher_is_better = true or false beside it.')
    if metric_file is None:
        raise BadSpec(f'metric = "{CUSTOM}" needs the file {FILE} in the homework\'s folder; there is none.')
    return CustomMetric.read(metric_file, arguments=arguments, higher_is_better=higher_is_better)
