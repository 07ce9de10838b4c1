"""The one reader of competition.toml: a homework's rules, columns, metric and tiers, each within its bounds.

The build and the import both read by it, so that a folder which one of them takes is taken by the other.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from grader.custom_metrics.metric import FILE, CustomMetric
from grader.errors import BadHomeworkFile, BadSpec
from grader.homeworks.grade_rules import CountingRules, HandItem, read_counting, read_items
from grader.homeworks.rules import (
    TABLE,
    TABLE_OF_TEXTS,
    TABLES,
    UPLOAD_LIMIT,
    YES_OR_NO,
    Reading,
    RuleFields,
    TierName,
    choice,
    number,
    order_problem,
    read_values,
    text,
    texts,
)
from grader.messages import Message
from grader.spec import CUSTOM, GradingSpec, Limits, implied_arguments

HOMEWORK_FILE = "competition.toml"
SPEC_KEYS = (
    *("metric", "id_column", "target_columns", "labels", "prediction_columns", "auxiliary_columns"),
    *("metric_arguments", "higher_is_better", "leaks_accepted"),
)
SPEC_NEEDS = ("metric", "id_column", "target_columns")
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
        leaks_accepted=table.get("leaks_accepted", ""),
        custom=_custom(table["metric"], arguments, table.get("higher_is_better"), metric_file),
    )


@dataclass(frozen=True, kw_only=True)
class HomeworkTier:
    """One [[tier]] of a competition.toml; minutes are of wall time on the named hardware."""

    name: Annotated[TierName, choice(TierName)]
    hint: Annotated[str, text(1)]
    minutes: Annotated[float, number(0)]
    hardware: Annotated[str, text()]
    needs_torch: Annotated[bool, YES_OR_NO]
    points_public: Annotated[float, number(0)]
    points_private: Annotated[float, number(0)]
    needs_memory_gb: Annotated[float, number(0)] = 0.0
    needs_card_gb: Annotated[float, number(0)] = 0.0


@dataclass(frozen=True, kw_only=True)
class HomeworkFile(RuleFields):
    """A competition.toml that can be used. higher_is_better: of a metric of the homework's own."""

    metric: Annotated[str, text()]
    id_column: Annotated[str, text()]
    target_columns: Annotated[tuple[str, ...], texts(1)]
    labels: Annotated[tuple[str, ...], texts()] = ()
    prediction_columns: Annotated[tuple[str, ...], texts()] = ()
    auxiliary_columns: Annotated[dict[str, str], TABLE_OF_TEXTS] = field(default_factory=dict)
    metric_arguments: Annotated[dict[str, Any], TABLE] = field(default_factory=dict)
    higher_is_better: Annotated[bool | None, YES_OR_NO] = None
    tier: Annotated[tuple[HomeworkTier, ...], TABLES]
    item: Annotated[tuple[HandItem, ...], TABLES] = ()
    grades: Annotated[CountingRules, TABLE] = field(default_factory=CountingRules)
    spec: GradingSpec


def read_homework_file(data: bytes, *, metric_file: bytes | None) -> HomeworkFile:
    """What the bytes of a competition.toml say; raises BadHomeworkFile with every problem at once.

    metric_file: the bytes of the metric.py beside it, None where there is none.
    """
    return read_homework_table(table_of_file(data), metric_file=metric_file)


def read_homework_table(table: Mapping[str, Any], *, metric_file: bytes | None) -> HomeworkFile:
    """What a table of a competition.toml's keys says; raises BadHomeworkFile with every problem at once."""
    reading = read_values(table, HomeworkFile)
    _read_tiers(reading)
    _read_counting(reading)
    if all(key in reading.values for key in (*SPEC_NEEDS, *(key for key in SPEC_KEYS if key in table))):
        _read_spec(reading, metric_file)
    if problem := order_problem(reading.values):
        reading.problems.append(problem)
    if reading.problems:
        raise BadHomeworkFile(tuple(reading.problems))
    return HomeworkFile(**reading.values)


def table_of_file(data: bytes) -> dict[str, Any]:
    """The table in the bytes of a competition.toml; raises BadHomeworkFile where they are no TOML."""
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadHomeworkFile((Message("{file} is not UTF-8 text.", file=HOMEWORK_FILE),)) from None
    except tomllib.TOMLDecodeError as error:
        raise BadHomeworkFile(
            (Message("{file} is not TOML: {reason}.", file=HOMEWORK_FILE, reason=str(error)),)
        ) from None


def _read_tiers(reading: Reading) -> None:
    """Put tiers in the place of their tables, or note what is wrong with each."""
    if "tier" not in reading.values:
        return
    tiers = [read_values(table, HomeworkTier) for table in reading.values["tier"]]
    problems = [
        Message("Tier {place}: {problem}", place=place, problem=problem)
        for place, tier in enumerate(tiers, start=1)
        for problem in tier.problems
    ]
    names = [tier.values.get("name") for tier in tiers]
    if not problems and names != list(TierName):
        problems.append(
            Message(
                "The tiers should be {expected} in this order, but are {names}.",
                expected=", ".join(TierName),
                names=", ".join(str(name) for name in names) or Message("none"),
            )
        )
    if not problems:
        reading.values["tier"] = tuple(HomeworkTier(**tier.values) for tier in tiers)
    reading.problems.extend(problems)


def _read_counting(reading: Reading) -> None:
    """Put items and rules of counting in the place of their tables, or note what is wrong with them."""
    if "item" in reading.values:
        reading.values["item"], problems = read_items(reading.values["item"])
        reading.problems.extend(problems)
    if "grades" in reading.values:
        reading.values["grades"], problems = read_counting(reading.values["grades"])
        reading.problems.extend(problems)


def _read_spec(reading: Reading, metric_file: bytes | None) -> None:
    limits = Limits(bytes=reading.values.get("upload_limit_bytes", UPLOAD_LIMIT))
    try:
        spec = spec_of_table(reading.values, limits, metric_file=metric_file)
    except BadSpec as error:
        reading.problems.append(error.text)
    else:
        implied = implied_arguments(reading.values["metric"])
        if implied:
            reading.values["metric_arguments"] = {**implied, **reading.values.get("metric_arguments", {})}
        reading.values.update(spec=spec, metric=spec.metric)


def _custom(
    metric: str, arguments: Mapping[str, Any], higher_is_better: bool | None, metric_file: bytes | None
) -> CustomMetric | None:
    if metric != CUSTOM:
        if higher_is_better is not None:
            raise BadSpec(
                Message(
                    'higher_is_better is for metric = "{custom}" alone; {metric} has a direction of its own.',
                    custom=CUSTOM,
                    metric=metric,
                )
            )
        return None
    if higher_is_better is None:
        raise BadSpec(
            Message('metric = "{custom}" needs higher_is_better = true or false beside it.', custom=CUSTOM)
        )
    if metric_file is None:
        raise BadSpec(
            Message(
                'metric = "{custom}" needs the file {file} in the homework\'s folder; there is none.',
                custom=CUSTOM,
                file=FILE,
            )
        )
    return CustomMetric.read(metric_file, arguments=arguments, higher_is_better=higher_is_better)
