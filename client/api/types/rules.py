"""The values of the web API about a competition's rules, thresholds and allowances (docs/api.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from client.api.decode import Time
from client.api.types.competitions import Id

RuleValue: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, kw_only=True)
class RuleDifference:
    """One rule before and after a change."""

    rule: str
    before: RuleValue
    after: RuleValue


@dataclass(frozen=True, kw_only=True)
class RuleChange:
    """What was changed at one instant, and why."""

    at: Time
    reason: str
    changes: tuple[RuleDifference, ...]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rules by name, the version by which a change names them, and how they came to be so."""

    rules: Mapping[str, RuleValue]
    version: str
    changes: tuple[RuleChange, ...]


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """How a tier's threshold stands: its rule, the runs that count, and those whose scores it is."""

    tier: str
    rule: str
    run_id: Id | None
    words: str
    counted: tuple[Id, ...]
    public: float | None
    private: float | None
    public_run: Id | None
    private_run: Id | None


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """An extension (`deadline_at`) or a grant (`extra_slots` on a course day) to a student or a team."""

    id: Id
    to: str
    extra_slots: int | None
    course_day: str | None
    deadline_at: Time | None
    reason: str
    given_by: str | None
    created_at: Time
    revoked_at: Time | None
