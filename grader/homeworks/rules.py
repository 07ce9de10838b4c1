"""What the rules of a competition may be: the one table of keys, types and bounds.

A competition.toml brings the rules, and staff change them later, on a page or over the API; whatever reads
them asks here, so that all of them accept and refuse the same values in the same words.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from types import NoneType
from typing import Annotated, Any, get_args, get_type_hints
from zoneinfo import available_timezones

from grader.messages import Message, Text, counted, joined

UPLOAD_LIMIT, CODE_LIMIT = 20_000_000, 25_000_000  # bytes, where competition.toml names no limit
FIRST_YEAR, LAST_YEAR = 1970, 9000  # of a time: in every zone, and with any grace added, it is one
SHOWN_LENGTH = 80  # letters of a refused value in a message
KEY_IS_MISSING = Message("The key '{name}' is missing. It should be {allowed}.")
OUT_OF_BOUNDS = Message("'{name}' should be {allowed}, but is {value}.")


class TierName(StrEnum):
    """The four baselines, from easy to hard."""

    SIMPLE = "simple"
    MEDIUM = "medium"
    STRONG = "strong"
    BOSS = "boss"


class Unselected(StrEnum):
    """Which submission the private board counts of a team that selected none."""

    FIRST = "first"
    BEST_PUBLIC = "best_public"
    BEST = "best"


@dataclass(frozen=True)
class Kind:
    """What a value may be, for the middle of a sentence, and how it is read; ValueError for what is none.

    least, most: the bounds, both included, of a number, or of a text's letters; None where there is none.
    """

    allowed: Text
    read: Callable[[Any], object]
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class RuleKey:
    """One key of a record. type: of its values, None aside."""

    name: str
    type: type
    kind: Kind
    is_optional: bool
    may_be_none: bool


@dataclass(frozen=True)
class Reading:
    """What a table came to: the values that can be used, and a sentence for each problem."""

    values: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)  # texts


def text(least: int = 0, most: int | None = None) -> Kind:
    """A text of so many letters."""
    allowed: Text = Message("a text")
    if most is not None:
        allowed = Message("a text of {least} to {most} letters", least=least, most=most)
    elif least:
        allowed = counted("a text of at least {count} letter", "a text of at least {count} letters", least)

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError
        _require(least <= len(value) <= (len(value) if most is None else most))
        return str(value)

    return Kind(allowed, read, least, most)


def whole(least: int, most: int) -> Kind:
    """A whole number within these bounds, both included."""

    def read(value: Any) -> int:
        _require(isinstance(value, int) and not isinstance(value, bool) and least <= value <= most)
        return int(value)

    return Kind(Message("a whole number from {least} to {most}", least=least, most=most), read, least, most)


def number(least: float, most: float | None = None) -> Kind:
    """A finite number within these bounds, both included."""
    allowed = (
        Message("a number of at least {least:g}", least=least)
        if most is None
        else Message("a number from {least:g} to {most:g}", least=least, most=most)
    )
    limit = math.inf if most is None else most
    return Kind(allowed, lambda value: _finite(value, lambda known: least <= known <= limit), least, most)


def choice(names: type[StrEnum]) -> Kind:
    """One of these names."""
    return Kind(Message("one of {names}", names=", ".join(names)), names)


def texts(least: int = 0) -> Kind:
    """A list of texts, at least so many."""

    def read(value: Any) -> tuple[str, ...]:
        _require(isinstance(value, list | tuple) and len(value) >= least)
        _require(all(isinstance(each, str) for each in value))
        return tuple(value)

    allowed = counted("a list of at least {count} text", "a list of at least {count} texts", least)
    return Kind(allowed if least else Message("a list of texts"), read)


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError


def _finite(value: Any, is_within: Callable[[float], bool]) -> float:
    _require(isinstance(value, int | float) and not isinstance(value, bool))
    try:
        known = float(value)
    except OverflowError:
        raise ValueError from None
    _require(math.isfinite(known) and is_within(known))
    return known


def _yes_or_no(value: Any) -> bool:
    _require(isinstance(value, bool))
    return bool(value)


def _instant(value: Any) -> datetime:
    """A TOML time, or the text that JSON has for one."""
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    _require(isinstance(instant, datetime) and instant.tzinfo is not None)
    assert isinstance(instant, datetime)
    _require(FIRST_YEAR <= instant.year <= LAST_YEAR)
    return instant


@cache
def _zones() -> set[str]:
    return available_timezones()  # reads many small files, each time


def _zone(value: Any) -> str:
    _require(isinstance(value, str) and value in _zones())
    return str(value)


def _table(value: Any) -> dict[str, Any]:
    _require(isinstance(value, Mapping) and all(isinstance(name, str) for name in value))
    return dict(value)


def _table_of_texts(value: Any) -> dict[str, str]:
    table = _table(value)
    _require(all(isinstance(each, str) for each in table.values()))
    return table


def _tables(value: Any) -> tuple[dict[str, Any], ...]:
    _require(isinstance(value, list))
    return tuple(_table(each) for each in value)


YES_OR_NO = Kind(Message("true or false"), _yes_or_no)
INSTANT = Kind(
    Message(
        "a time from {first} to {last} with its offset from UTC, as in {example}",
        first=FIRST_YEAR,
        last=LAST_YEAR,
        example="2027-03-26T23:59:00+08:00",
    ),
    _instant,
)
ZONE = Kind(Message("an IANA time zone, such as Asia/Taipei"), _zone)
TABLE = Kind(Message("a table"), _table)
TABLE_OF_TEXTS = Kind(Message("a table of texts"), _table_of_texts)
TABLES = Kind(Message("a list of tables"), _tables)


@dataclass(frozen=True, kw_only=True)
class RuleFields:
    """The rules that a homework brings and staff may change, each with its type and bounds."""

    title: Annotated[str, text(1, 200)]
    daily_limit: Annotated[int, whole(1, 1000)]
    final_selections: Annotated[int, whole(1, 100)]
    unselected: Annotated[Unselected, choice(Unselected)]
    team_size: Annotated[int, whole(1, 20)] = 1
    merge_until: Annotated[datetime | None, INSTANT] = None
    late_penalty: Annotated[float, number(0, 1)] = 1.0
    has_practice: Annotated[bool, YES_OR_NO] = True
    shows_disagreement: Annotated[bool, YES_OR_NO] = False
    ladder_step: Annotated[float | None, number(1e-9, 1e9)] = None
    reset_zone: Annotated[str, ZONE]
    opens_at: Annotated[datetime, INSTANT]
    deadline_at: Annotated[datetime, INSTANT]
    late_until: Annotated[datetime, INSTANT]
    reveal_at: Annotated[datetime, INSTANT]
    grace_seconds: Annotated[int, whole(0, 3600)] = 60
    upload_limit_bytes: Annotated[int, whole(1, 2**40)] = UPLOAD_LIMIT
    code_limit_bytes: Annotated[int, whole(0, 2_000_000_000)] = CODE_LIMIT  # 0: no code is handed in
    leaks_accepted: Annotated[str, text(0, 300)] = ""


@cache
def keys_of(record: type) -> dict[str, RuleKey]:
    """The keys of a record, by name: its fields that have a kind; those with a default are optional."""
    hints = get_type_hints(record, include_extras=True)
    keys = {}
    for each in fields(record):
        hint, *kinds = get_args(hints[each.name]) or (hints[each.name],)
        kind = next((kind for kind in kinds if isinstance(kind, Kind)), None)
        if kind is None:
            continue
        types = [one for one in get_args(hint) if one is not NoneType]
        may_be_none = NoneType in get_args(hint)
        is_optional = each.default is not MISSING or each.default_factory is not MISSING
        keys[each.name] = RuleKey(
            each.name, types[0] if may_be_none else hint, kind, is_optional, may_be_none
        )
    return keys


def read_values(table: Mapping[str, object], record: type) -> Reading:
    """The values of a table for this record's keys; every key that is missing, unknown or out of bounds."""
    keys, reading = keys_of(record), Reading()
    for key in keys.values():
        if key.name not in table and not key.is_optional:
            reading.problems.append(KEY_IS_MISSING.filled(name=key.name, allowed=key.kind.allowed))
    reading.problems.extend(_unknown(name, keys) for name in table if name not in keys)
    for name, key in keys.items():
        if name in table:
            _read_value(reading, key, table[name])
    return reading


def _read_value(reading: Reading, key: RuleKey, value: object) -> None:
    if value is None and key.may_be_none:
        reading.values[key.name] = None
        return
    try:
        reading.values[key.name] = key.kind.read(value)
    except ValueError:
        problem = OUT_OF_BOUNDS.filled(name=key.name, allowed=key.kind.allowed, value=_shown(value))
        reading.problems.append(problem)


def _unknown(name: str, known: Iterable[str]) -> Text:
    near = get_close_matches(name, known, n=1)
    unknown = Message("The key '{name}' is unknown.", name=name)
    return joined(unknown, Message("Is '{name}' meant?", name=near[0])) if near else unknown


def _shown(value: object) -> str:
    shown = value.isoformat() if isinstance(value, datetime) else repr(value)
    return shown if len(shown) <= SHOWN_LENGTH else f"{shown[: SHOWN_LENGTH - 3]}..."


def order_problem(values: Mapping[str, Any]) -> str:
    """What is wrong with the order of these times; "" where nothing is, or where one of them is not known."""
    try:
        opens, deadline = values["opens_at"], values["deadline_at"]
        late, reveal = values["late_until"], values["reveal_at"]
    except KeyError:
        return ""
    if opens < deadline <= min(late, reveal):
        return ""
    return Message(
        "Times run in this order: opens_at, deadline_at, late_until; reveal_at is not before the deadline."
    )
