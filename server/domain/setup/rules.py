"""Changing a competition's rules: with a reason, on the record, and never behind anybody's back.

What a change may not do: hide a board that has been revealed, hide a competition in which students have
submitted, or make a file late that came in time. Files that have come are judged again under a later
deadline. Submissions keep the course day that they were received on, whatever becomes of the zone, and public
scores keep the Ladder's step that they were released by.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from grader.homeworks.rules import keys_of, order_problem, read_values
from grader.messages import COMMA, Message, counted, joined
from grader.parted_text import whole_of
from server.clock import iso
from server.database.database import lock, table_of
from server.domain.audit import reasons
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.boards import standings
from server.domain.competitions import access as competitions
from server.domain.competitions import archiving
from server.domain.competitions.access import Access
from server.domain.errors import Conflict, Invalid
from server.domain.setup import homework_times
from server.domain.setup.rule_fields import Rules
from server.domain.teams import lateness
from server.local_time import local_text
from server.models import AuditEntry, Competition, Right, Submission, Team, TeamKind, Unselected

ACT = "rules_changed"
NAMES = tuple(keys_of(Rules))
OF_STAFF = "leaks_accepted"  # it may say where answers show
# What everybody is told of a change; title and description speak for themselves.
PUBLIC = tuple(name for name in NAMES if name not in {"title", "description_md", OF_STAFF})
TIMES = {"deadline_at", "late_until", "reveal_at", "grace_seconds"}  # by which files are late, or are not
_COMPETITION, _SUBMISSION, _TEAM = table_of(Competition), table_of(Submission), table_of(Team)

Plain = str | int | float | bool | None


@dataclass(frozen=True)
class ChangedRule:
    """One rule, before and after, as JSON tells it: times as UTC text."""

    rule: str
    before: Plain
    after: Plain


@dataclass(frozen=True)
class RuleChange:
    """What staff changed at one instant, and why, as everybody may read it."""

    at: datetime
    reason: str
    changes: tuple[ChangedRule, ...]


def rules_of(competition: Competition) -> Rules:
    """The rules as they stand; not checked again, so that rules of an older version can be mended."""
    values = {name: getattr(competition, name) for name in NAMES}
    return Rules(**values | {"title": whole_of(competition.title)})


def as_json(rules: Rules) -> dict[str, Plain]:
    """The rules as JSON: times as UTC text."""
    return {name: _plain(getattr(rules, name)) for name in NAMES}


def version_of(rules: Rules) -> str:
    """A name for exactly these rules; a change says which it was made from."""
    return hashlib.sha256(json.dumps(as_json(rules)).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Amendment:
    """New values of rules by name, the version of the rules that staff saw, and why they change them."""

    values: Mapping[str, object]
    version: str
    reason: str


def change_rules(session: Session, amendment: Amendment, *, access: Access, now: datetime) -> RuleChange:
    """Change these rules of the caller's competition and leave the others.

    Needs a session that may see private scores. Raises Invalid for rules out of bounds, a holiday or no
    change at all, NotAllowed for a reveal moved by who may not see private scores before it, Conflict when
    somebody else has changed them since, or for what a change may not do.
    """
    archiving.require_live(access.competition)
    reason = reasons.required(amendment.reason)
    row = session.get_one(Competition, access.competition.id, populate_existing=True)
    before, after = rules_of(row), checked(rules_of(row), amendment.values)
    names = [name for name in NAMES if getattr(before, name) != getattr(after, name)]
    if "reveal_at" in names:
        competitions.require_rights(access, [Right.SEE_PRIVATE], now)
    if amendment.version != version_of(before):
        raise Conflict(
            Message("The rules were changed since you looked at them. Look again, and change them then.")
        )
    if not names:
        raise Invalid(Message("Nothing would change: these are the rules already."))
    moved = {name: getattr(after, name) for name in homework_times.DUE if name in names}
    homework_times.require_no_holiday(moved, zone=after.reset_zone, course=access.course, slug=row.slug)
    _require_open_dealing(session, row, before, after, now)
    _lock_teams(session, row.id)
    _replace(session, row, before, after, names)
    _let_boards_follow(session, row, names)
    change = _change(now, reason, as_json(before), as_json(after), names)
    _record(session, row, change, by=access.actor)
    return change


def _record(session: Session, row: Competition, change: RuleChange, *, by: Actor) -> None:
    act = audit.Act(
        ACT,
        f"competition {row.slug}",
        competition=row,
        reason=change.reason,
        before={each.rule: each.before for each in change.changes},
        after={each.rule: each.after for each in change.changes},
    )
    audit.record(session, act, by=by, now=change.at)


def checked(current: Rules, values: Mapping[str, object]) -> Rules:
    """The current rules with these changed; Invalid says what is wrong with which rule."""
    unknown = sorted(set(values) - set(NAMES))
    if unknown:
        raise Invalid(
            Message(
                "There is no rule {unknown}; there are: {names}.",
                unknown=joined(*unknown, between=COMMA),
                names=joined(*NAMES, between=COMMA),
            )
        )
    reading = read_values({name: getattr(current, name) for name in NAMES} | dict(values), Rules)
    problems = [problem for problem in (*reading.problems, order_problem(reading.values)) if problem]
    if problems:
        raise Invalid(joined(Message("These rules do not hold together."), *problems))
    return Rules(**reading.values)


def _require_open_dealing(
    session: Session, row: Competition, before: Rules, after: Rules, now: datetime
) -> None:
    if competitions.is_revealed(row, now) and after.reveal_at > now:
        raise Conflict(
            Message(
                "The private board is open since {reveal_at}, and what has been shown cannot be hidden "
                "again. The reveal may be moved to any time that has passed.",
                reveal_at=local_text(before.reveal_at, before.reset_zone),
            )
        )
    if before.opens_at <= now < after.opens_at and _has_submissions(session, row.id):
        raise Conflict(
            Message("Students have submitted already, so the opening cannot be moved into the future.")
        )
    for name in ("deadline_at", "late_until"):
        ended = getattr(before, name) + timedelta(seconds=before.grace_seconds)
        ends = getattr(after, name) + timedelta(seconds=after.grace_seconds)
        if ends < min(ended, now):
            raise Conflict(
                Message(
                    "With its grace, {name} would be {ends}, and files have come since under the rules of "
                    "then. A file that came in time stays in time: choose a time from now on.",
                    name=name,
                    ends=local_text(ends, before.reset_zone),
                )
            )
    _require_room_for_finals(session, row.id, before, after)


def _has_submissions(session: Session, competition_id: int) -> bool:
    query = (
        select(_SUBMISSION.c.id)
        .join(_TEAM, _TEAM.c.id == _SUBMISSION.c.team_id)
        .where(_SUBMISSION.c.competition_id == competition_id, _TEAM.c.kind == TeamKind.STUDENT)
    )
    return session.scalar(query.limit(1)) is not None


def _require_room_for_finals(session: Session, competition_id: int, before: Rules, after: Rules) -> None:
    if after.final_selections >= before.final_selections:
        return
    beyond = (
        select(_SUBMISSION.c.team_id)
        .where(_SUBMISSION.c.competition_id == competition_id, _SUBMISSION.c.is_final.is_(True))
        .group_by(_SUBMISSION.c.team_id)
        .having(func.count() > after.final_selections)
    )
    count = session.scalar(select(func.count()).select_from(beyond.subquery())) or 0
    if count:
        raise Conflict(
            counted(
                "{count} team has selected more than {most} already, and nobody chooses for them which to "
                "give up.",
                "{count} teams have selected more than {most} already, and nobody chooses for them which to "
                "give up.",
                count,
                most=after.final_selections,
            )
        )


def _lock_teams(session: Session, competition_id: int) -> None:
    """Hold every team, in the order in which others do, before the competition: nobody waits in a circle."""
    every = select(_TEAM.c.id).where(_TEAM.c.competition_id == competition_id).order_by(_TEAM.c.id)
    lock(session, every.with_for_update(), {})


def _replace(session: Session, row: Competition, before: Rules, after: Rules, names: list[str]) -> None:
    """Write the new rules where the old ones still stand, all of them; Conflict where one does not."""
    still = (_COMPETITION.c[name].is_not_distinct_from(getattr(before, name)) for name in NAMES)
    replaced = session.scalar(
        update(_COMPETITION)
        .where(_COMPETITION.c.id == row.id, *still)
        .values({name: getattr(after, name) for name in names})
        .returning(_COMPETITION.c.id)
    )
    if replaced is None:
        raise Conflict(Message("Somebody else has just changed the rules. Look again, and change them then."))
    session.refresh(row)


def _let_boards_follow(session: Session, row: Competition, names: list[str]) -> None:
    if TIMES & set(names):
        lateness.decide_all_again(session, competition=row)
    if "unselected" in names:
        standings.refresh_all(session, competition_id=row.id)
    standings.new_revision(session, row.id)


def _change(
    now: datetime, reason: str, before: dict[str, Plain], after: dict[str, Plain], names: list[str]
) -> RuleChange:
    return RuleChange(now, reason, tuple(ChangedRule(name, before[name], after[name]) for name in names))


def changes_of(session: Session, *, competition_id: int) -> list[RuleChange]:
    """The changes that everybody may know of, the newest first: limits and times with their reasons."""
    rows = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.competition_id == competition_id, AuditEntry.act == ACT)
        .order_by(AuditEntry.id.desc())
    )
    changes = [_public_change(row) for row in rows]
    return [each for each in changes if each.changes]


def _public_change(row: AuditEntry) -> RuleChange:
    before, after = row.before or {}, row.after or {}
    return _change(row.at, row.reason, before, after, [name for name in PUBLIC if name in after])


def _plain(value: Any) -> Plain:
    match value:
        case datetime():
            return iso(value)
        case Unselected():
            return value.value
        case None | bool() | int() | float() | str():
            return value
    raise TypeError(f"{type(value).__name__} is no rule")
