"""The audit trail: each act of staff, written in the transaction that does it, and read by staff alone.

Entries are only ever added: the database refuses to change or delete one. An act is named noun_verbed, as
`team_renamed` is. No entry holds a person's name, address or student number: `names.py` says how one
is told of.
"""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from server.clock import day_ends, iso
from server.domain.audit.actor import Actor
from server.domain.audit.names import Names, about_people
from server.domain.texts.csv_cells import text_cell
from server.models import AuditEntry, Competition, Course, User

# What is another value after every act: on PostgreSQL an act may be seen after one with a higher id.
TRAIL_STATE = (func.count(AuditEntry.id), func.max(AuditEntry.id))
COMMAND_LINE_NAME = "-"  # stands where an entry of a person has their user name
HEADER = (
    "id",
    "at",
    "by",
    "act",
    "subject",
    "course",
    "competition",
    "reason",
    "before",
    "after",
    "details",
)


@dataclass(frozen=True)
class Act:
    """What staff did, as noun_verbed, to which thing; an act in a competition names it, and so its course.

    `before` and `after` hold what changed, as JSON; `details` what else one may ask later.
    """

    name: str
    subject: str
    competition: Competition | None = None
    course_id: int | None = None
    reason: str = ""
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    details: dict[str, Any] | None = None


def record(session: Session, act: Act, *, by: Actor, now: datetime) -> None:
    """Append one entry: `by` did `act` at `now`."""
    competition = act.competition
    session.add(
        AuditEntry(
            at=now,
            by=by.user_id,
            act=act.name,
            subject=act.subject,
            details=act.details or {},
            course_id=competition.course_id if competition is not None else act.course_id,
            competition_id=competition.id if competition is not None else None,
            reason=act.reason,
            before=act.before,
            after=act.after,
        )
    )


@dataclass(frozen=True)
class EntryFilter:
    """Which entries to read; None and "" leave a question open.

    competition: its own entries, and those of its course that belong to no competition; None: all of the
    installation. by: a user name, or COMMAND_LINE_NAME. since, until: days of `zone`, both included. text:
    found in subject, reason, before, after or details, whatever the case of its letters.
    """

    competition: Competition | None = None
    act: str = ""
    by: str = ""
    since: date | None = None
    until: date | None = None
    text: str = ""
    zone: str = "UTC"


@dataclass(frozen=True)
class Entry:
    """One act. `by` is a user name, or COMMAND_LINE_NAME; course and competition are slugs, or empty."""

    id: int
    at: datetime
    by: str
    act: str
    subject: str
    course: str
    competition: str
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]
    details: dict[str, Any]

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """Each field that `before` and `after` tell, with its two values; None where one does not tell it."""
        names = list(self.before) + [name for name in self.after if name not in self.before]
        return [(name, self.before.get(name), self.after.get(name)) for name in names]


def entries(
    session: Session, filters: EntryFilter, *, below: int | None = None, most: int | None = None
) -> list[Entry]:
    """The entries that pass the filters, the newest first.

    Of a long list the first `most` with ids below `below`.
    """
    query = (
        select(AuditEntry, User.username, Course.slug, Competition.slug)
        .outerjoin(User, User.id == AuditEntry.by)
        .outerjoin(Course, Course.id == AuditEntry.course_id)
        .outerjoin(Competition, Competition.id == AuditEntry.competition_id)
        .where(*_conditions(session, filters))
        .order_by(AuditEntry.id.desc())
        .limit(most)
    )
    if below is not None:
        query = query.where(AuditEntry.id < below)
    rows = session.execute(query).all()
    names = Names(session, (row for row, *_ in rows))
    return [
        Entry(
            row.id,
            row.at,
            by or COMMAND_LINE_NAME,
            row.act,
            names.of(row.subject),
            course or "",
            competition or "",
            row.reason,
            names.within(row.before or {}),
            names.within(row.after or {}),
            names.within(row.details or {}),
        )
        for row, by, course, competition in rows
    ]


def acts_in(session: Session, competition: Competition | None) -> list[str]:
    """The acts of which there are entries, by name."""
    return _distinct(session, select(AuditEntry.act), competition)


def people_in(session: Session, competition: Competition | None) -> list[str]:
    """The user names of those who acted, and COMMAND_LINE_NAME."""
    query = select(User.username).select_from(AuditEntry).outerjoin(User, User.id == AuditEntry.by)
    return [name or COMMAND_LINE_NAME for name in _distinct(session, query, competition)]


def _distinct(session: Session, query: Select[Any], competition: Competition | None) -> list[Any]:
    values = session.scalars(query.where(*_of(competition)).distinct())
    return sorted(values, key=lambda value: value or "")


def _of(competition: Competition | None) -> list[ColumnElement[bool]]:
    if competition is None:
        return []
    whole_course = and_(AuditEntry.course_id == competition.course_id, AuditEntry.competition_id.is_(None))
    return [or_(AuditEntry.competition_id == competition.id, whole_course)]


def _conditions(session: Session, filters: EntryFilter) -> list[ColumnElement[bool]]:
    conditions = _of(filters.competition)
    if filters.act:
        conditions.append(AuditEntry.act == filters.act)
    if filters.by:
        conditions.append(
            AuditEntry.by.is_(None) if filters.by == COMMAND_LINE_NAME else User.username == filters.by
        )
    if filters.since is not None:
        conditions.append(AuditEntry.at >= day_ends(filters.since - timedelta(days=1), filters.zone))
    if filters.until is not None:
        conditions.append(AuditEntry.at < day_ends(filters.until, filters.zone))
    if filters.text:
        conditions.append(or_(_holds(filters.text), *about_people(session, filters.text)))
    return conditions


def _holds(text: str) -> ColumnElement[bool]:
    as_json = json.dumps(text)[1:-1]  # as the columns of JSON spell it
    plain = (AuditEntry.subject, AuditEntry.reason)
    values = (cast(column, Text) for column in (AuditEntry.before, AuditEntry.after, AuditEntry.details))
    return or_(
        *(column.icontains(text, autoescape=True) for column in plain),
        *(column.icontains(as_json, autoescape=True) for column in values),
    )


def as_dict(entry: Entry) -> dict[str, Any]:
    """An entry as the API and a line of JSON tell it."""
    return {name: getattr(entry, name) for name in HEADER} | {"at": iso(entry.at)}


def to_csv(entries: Iterable[Entry], *, with_header: bool) -> bytes:
    """The entries as lines of a CSV file, UTF-8 and CRLF, in which no cell is a formula.

    The header comes with the mark by which spreadsheets know UTF-8.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    if with_header:
        writer.writerow(HEADER)
    for entry in entries:
        values = (_as_text(entry.before), _as_text(entry.after), _as_text(entry.details))
        texts = (entry.by, entry.act, entry.subject, entry.course, entry.competition, entry.reason, *values)
        writer.writerow([str(entry.id), iso(entry.at), *(text_cell(text) for text in texts)])
    return out.getvalue().encode("utf-8-sig" if with_header else "utf-8")


def to_json_lines(entries: Iterable[Entry]) -> bytes:
    """The entries, one JSON object a line."""
    return "".join(json.dumps(as_dict(entry), ensure_ascii=False) + "\n" for entry in entries).encode()


def _as_text(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False) if values else ""
