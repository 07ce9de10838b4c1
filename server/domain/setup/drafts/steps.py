"""The steps of a draft: what each brings is checked as it comes, and the parts that it leaves are the result.

Whether all of them go together is for the launch to ask (`checks.py`); a step may come before what it needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from grader.answer_keys.split import Split, has_usage, with_usage
from grader.errors import BadSpec, InvalidAnswerKey
from grader.homeworks.homework_file import HomeworkTier, spec_of_table
from grader.homeworks.rules import RuleFields, TierName, keys_of, read_values
from grader.messages import Message, joined
from server.domain.errors import Invalid, NotFound
from server.domain.files.file_store import FileStore, StoredFile
from server.domain.files.public_files import require_public_file
from server.domain.setup.drafts import checks
from server.domain.setup.drafts.parts import Parts, plain
from server.domain.setup.importing import require_known_placeholders

DESCRIPTION_MOST = 200_000
WEEKS_OPEN = timedelta(days=14)
NOT_MEASURED = "not measured"
USUAL_RULES = {"daily_limit": 5, "final_selections": 2, "unselected": "best_public"}


@dataclass(frozen=True)
class MetricChoice:
    """The metric of a draft, and the columns of the key and of a submission."""

    metric: str
    id_column: str
    target_columns: tuple[str, ...]
    labels: tuple[str, ...] = ()
    prediction_columns: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    auxiliary: Mapping[str, str] = field(default_factory=dict)


def usual_parts(*, title: str, opens: datetime, zone: str) -> Parts:
    """What a draft from nothing begins with: usual limits, two weeks from `opens`, four tiers."""
    local = opens.astimezone(ZoneInfo(zone))
    deadline = (local + WEEKS_OPEN).replace(hour=23, minute=59)
    late = deadline + timedelta(days=2)
    rules = {
        **USUAL_RULES,
        "title": " ".join(title.split()),
        "reset_zone": zone,
        "opens_at": local,
        "deadline_at": deadline,
        "late_until": late,
        "reveal_at": late + timedelta(minutes=1),
    }
    tiers = [
        {
            "name": name.value,
            "hint": "…",
            "minutes": 0.0,
            "hardware": NOT_MEASURED,
            "needs_torch": False,
            "points_public": 1.0,
            "points_private": 1.0,
        }
        for name in TierName
    ]
    return Parts(table={**_checked({}, rules), "tier": tiers})


def with_words(parts: Parts, *, title: str, description_md: str) -> Parts:
    """The parts with this title and description; raises Invalid for what no description may have."""
    if len(description_md) > DESCRIPTION_MOST:
        raise Invalid(Message("The description is longer than {most:,} letters.", most=DESCRIPTION_MOST))
    table = _checked(parts.table, {"title": " ".join(title.split())})
    require_known_placeholders(description_md, name=table["title"])
    return replace(parts, table=table, description_md=description_md)


def with_rules(parts: Parts, values: Mapping[str, object]) -> Parts:
    """The parts with these limits; raises Invalid with every one that is out of bounds."""
    return replace(parts, table=_checked(parts.table, values))


def with_file(store: FileStore, parts: Parts, *, name: str, data: bytes) -> Parts:
    """The parts with this data file, in the place of one of its name; raises Invalid for a bad name."""
    require_public_file(name, data)
    return replace(parts, files={**parts.files, name: store.put(data)})


def with_version(parts: Parts, *, name: str, file: StoredFile) -> Parts:
    """The parts with an earlier version of a data file."""
    return replace(parts, files={**parts.files, name: file})


def without_file(parts: Parts, name: str) -> Parts:
    """The parts without this data file; raises NotFound."""
    if name not in parts.files:
        raise NotFound(Message("The draft has no data file '{name}'.", name=name))
    return replace(parts, files={each: file for each, file in parts.files.items() if each != name})


def with_key(store: FileStore, parts: Parts, data: bytes, split: Split | None) -> Parts:
    """The parts with this answer key, and the split that it has or that is made for it.

    split: for a key without a column Usage; None where it has one. Raises Invalid where that is not so.
    """
    try:
        if split is None and not has_usage(data):
            raise Invalid(
                Message(
                    "The answer key has no column Usage, which says of each row whether it is Public, "
                    "Private or Ignored. Choose how it is to be split."
                )
            )
        key = data if split is None else with_usage(data, split)
    except InvalidAnswerKey as error:
        raise Invalid(
            joined(Message("The answer key is refused."), *(each.message for each in error.problems))
        ) from error
    raw = None if split is None else store.put(data)
    return replace(parts, key=store.put(key), raw_key=raw)


def with_metric(store: FileStore, parts: Parts, choice: MetricChoice) -> Parts:
    """The parts with this metric and these columns; raises Invalid where they do not go together."""
    table = {
        "metric": choice.metric,
        "id_column": choice.id_column,
        "target_columns": list(choice.target_columns),
        "labels": list(choice.labels),
        "prediction_columns": list(choice.prediction_columns),
        "metric_arguments": dict(choice.arguments),
        "auxiliary_columns": dict(choice.auxiliary),
    }
    metric_file = None if parts.metric_file is None else store.read(parts.metric_file.sha256)
    try:
        spec = spec_of_table({**parts.table, **table}, metric_file=metric_file)
    except BadSpec as error:
        verdict = Message("The metric does not go with this competition.")
        raise Invalid(joined(verdict, error.text)) from error
    return replace(parts, table={**parts.table, **table, "metric": spec.metric})


def with_tiers(parts: Parts, tiers: Mapping[str, Mapping[str, object]]) -> Parts:
    """The parts with these values of their tiers, by name; raises Invalid with each that is out of bounds."""
    rows, problems = [], []
    for row in parts.table["tier"]:
        reading = read_values({**row, **tiers.get(row["name"], {})}, HomeworkTier)
        problems += [
            Message("Tier {place}: {problem}", place=row["name"], problem=each) for each in reading.problems
        ]
        rows.append({**row, **reading.values})
    if problems:
        raise Invalid(joined(*problems))
    return replace(parts, table={**parts.table, "tier": plain(rows)})


def with_tier_files(store: FileStore, parts: Parts, files: Mapping[str, bytes]) -> Parts:
    """The parts with these predictions of tiers, whose scores are to be their thresholds.

    Raises Invalid where there is a key and a metric, and a file does not fit them.
    """
    if parts.key is not None and "metric" in parts.table:
        for data in files.values():
            checks.trial(store, parts, data)
    stored = {name: store.put(data) for name, data in files.items()}
    return replace(parts, tier_files={**parts.tier_files, **stored})


def _checked(table: Mapping[str, Any], values: Mapping[str, object]) -> dict[str, Any]:
    """The table with these values of rules; raises Invalid with every one that is out of bounds."""
    present = {name: table[name] for name in keys_of(RuleFields) if name in table}
    reading = read_values({**present, **values}, RuleFields)
    if reading.problems:
        raise Invalid(joined(*reading.problems))
    return {**table, **plain(reading.values)}
