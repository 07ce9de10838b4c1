"""Changing how a course counts: first whose points move, then the change, with a reason and on the record.

What stood before is in the audit trail, so that a change can be taken back: by another one that says the same
as before.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.homeworks.grade_rules import CourseCounting, read_counting, read_items
from grader.homeworks.rules import read_values
from grader.messages import Message, counted, joined
from server.domain.audit import reasons
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.errors import Conflict, Invalid
from server.domain.grades.counting.counting import (
    RULES,
    RULES_ACT,
    Counting,
    CourseCountings,
    countings_of,
    keep_counting,
    keep_course_counting,
)
from server.domain.grades.points.course_points import computed
from server.domain.grades.points.kept_rows import Enrolled
from server.domain.grades.points.point_rows import OpenRows, SealedRows, open_rows, sealed_rows
from server.domain.people import courses
from server.domain.people.courses import Membership
from server.domain.texts.csv_cells import number_cell
from server.models import AuditEntry, Competition, Course, GradeItem, ItemPoints, Right, User

COURSE = "course"  # calls the course's own rules beside the slugs of its competitions
Tables = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class MovedPoints:
    """A student whose total a change of rules moves."""

    student: Enrolled
    before: float
    after: float


@dataclass(frozen=True)
class RulePreview:
    """Whose points a change would move, those of the greatest change first, of how many students."""

    moved: Sequence[MovedPoints]
    students: int

    @property
    def up(self) -> int:
        """How many would have more."""
        return sum(each.after > each.before for each in self.moved)

    @property
    def down(self) -> int:
        """How many would have less."""
        return len(self.moved) - self.up


def competitions_of(session: Session, course_id: int) -> Sequence[Competition]:
    """The competitions that may count in the course, the first deadline first."""
    return session.scalars(
        select(Competition)
        .where(Competition.course_id == course_id)
        .order_by(Competition.deadline_at, Competition.id)
    ).all()


def current_rules(session: Session, course_id: int) -> tuple[Sequence[Competition], CourseCountings]:
    """The competitions of the course, and how it counts now."""
    competitions = competitions_of(session, course_id)
    ids = [each.id for each in competitions]
    return competitions, countings_of(session, course_id=course_id, competition_ids=ids)


def as_tables(countings: CourseCountings, competitions: Sequence[Competition]) -> Tables:
    """The rules as JSON: by slug, and the course's own."""
    return {COURSE: asdict(countings.course)} | {
        each.slug: countings.of(each.id).as_json() for each in competitions
    }


def version_of(tables: Tables) -> str:
    """A name for exactly these rules."""
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()[:32]


def read_tables(tables: Tables, competitions: Sequence[Competition]) -> CourseCountings:
    """The rules that tables say, as `as_tables` writes them; Invalid with every problem of them."""
    problems: list[str] = []
    own = read_values(tables[COURSE], CourseCounting)
    problems += own.problems
    countings = {}
    for each in competitions:
        table = tables[each.slug]
        rules, wrong = read_counting({name: table[name] for name in RULES})
        items, of_items = read_items([{"name": name, "most": most} for name, most in table["items"].items()])
        problems += [
            Message("{slug}: {problem}", slug=each.slug, problem=text) for text in (*wrong, *of_items)
        ]
        if rules is not None and not of_items:
            countings[each.id] = Counting(rules, items)
    if problems:
        raise Invalid(joined(Message("These rules do not hold together."), *problems))
    return CourseCountings(CourseCounting(**own.values), countings)


def preview(rows: OpenRows, sealed: SealedRows, countings: CourseCountings) -> RulePreview:
    """Whose total would move if the course counted so."""
    now, then = computed(rows, sealed), computed(rows, sealed, countings=countings)
    moved = [
        MovedPoints(before.student, before.total.points, after.total.points)
        for before, after in zip(now.students, then.students, strict=True)
        if before.total.points != after.total.points
    ]
    return RulePreview(sorted(moved, key=lambda each: -abs(each.after - each.before)), len(now.students))


def previewed(session: Session, countings: CourseCountings, *, course_id: int, now: datetime) -> RulePreview:
    """The same from the rows as they stand. Needs a session that may see private scores."""
    rows = open_rows(session, course_id=course_id, opened_by=now)
    sealed = sealed_rows(session, rows, competition_ids=[each.id for each in rows.competitions])
    return preview(rows, sealed, countings)


def may_change(session: Session, *, slug: str, user: User) -> Membership:
    """The user's part in the course; refuses whoever may not change how it counts."""
    own = courses.as_staff(session, slug=slug, user=user)
    for right in (Right.CHANGE_RULES, Right.SEE_NAMES, Right.SEE_PRIVATE):
        own.require(right)
    return own


def merged(
    tables: Tables, *, course: Mapping[str, Any], homeworks: Mapping[str, Mapping[str, Any]]
) -> Tables:
    """The rules with some of them others; Invalid for a competition or a rule that there is not."""
    changes = {COURSE: course, **homeworks}
    problems = [
        Message("{slug}: {problem}", slug=slug, problem=Message("There is no rule '{name}'.", name=name))
        for slug, table in changes.items()
        for name in table
        if slug in tables and name not in tables[slug]
    ]
    problems += [
        Message("There is no competition '{slug}' in this course.", slug=slug)
        for slug in changes
        if slug not in tables
    ]
    if problems:
        raise Invalid(joined(Message("These rules do not hold together."), *problems))
    return {slug: table | dict(changes.get(slug, {})) for slug, table in tables.items()}


@dataclass(frozen=True)
class RuleOrder:
    """New rules, the version of those that whoever orders them has seen, and why."""

    tables: Tables
    version: str
    reason: str


def change_rules(
    session: Session, order: RuleOrder, *, course: Course, by: Actor, now: datetime
) -> list[str]:
    """Let the course count so; what changed, by slug.

    Raises Invalid for rules out of bounds, no change or no reason, Conflict where somebody else has changed
    them meanwhile, and where an item that students have points for would go or would have a smaller most.
    """
    reason = reasons.required(order.reason)
    session.execute(select(Course.id).where(Course.id == course.id).with_for_update())
    competitions, current = current_rules(session, course.id)
    before = as_tables(current, competitions)
    if version_of(before) != order.version:
        raise Conflict(
            Message("The rules were changed since you looked at them. Look again, and change them then.")
        )
    countings = read_tables(order.tables, competitions)
    after = as_tables(countings, competitions)
    names = [name for name in after if after[name] != before[name]]
    if not names:
        raise Invalid(Message("Nothing would change: these are the rules already."))
    for each in competitions:
        if each.slug in names:
            _require_points_fit(session, each, countings.of(each.id))
            keep_counting(session, countings.of(each.id), competition_id=each.id)
    if COURSE in names:
        keep_course_counting(session, countings.course, course_id=course.id)
    act = audit.Act(
        RULES_ACT,
        f"course {course.slug}",
        course_id=course.id,
        reason=reason,
        before={name: before[name] for name in names},
        after={name: after[name] for name in names},
    )
    audit.record(session, act, by=by, now=now)
    return names


def _require_points_fit(session: Session, competition: Competition, counting: Counting) -> None:
    """Raise Conflict where points that staff gave would have no place."""
    rows = session.execute(
        select(GradeItem.name, func.count(), func.max(ItemPoints.points))
        .join(ItemPoints, ItemPoints.item_id == GradeItem.id)
        .where(GradeItem.competition_id == competition.id)
        .group_by(GradeItem.name)
    )
    most = {item.name: item.most for item in counting.items}
    for name, count, highest in rows:
        if highest > most.get(name, -1.0):
            raise Conflict(
                counted(
                    "{slug}: {count} student has points for the item '{item}', up to {highest}. Change them "
                    "first.",
                    "{slug}: {count} students have points for the item '{item}', up to {highest}. Change "
                    "them first.",
                    count,
                    slug=competition.slug,
                    item=name,
                    highest=number_cell(highest),
                )
            )


def past_changes(session: Session, course_id: int) -> Sequence[AuditEntry]:
    """The changes of the course's rules, the newest first."""
    return session.scalars(
        select(AuditEntry)
        .where(AuditEntry.course_id == course_id, AuditEntry.act == RULES_ACT)
        .order_by(AuditEntry.id.desc())
    ).all()


def taken_back(entry: AuditEntry, tables: Tables) -> Tables:
    """The rules as they are, but for what this change changed: that is as it was before it.

    A change whose before is not kept, the first of a course.toml, goes back to the usual rules.
    """
    before = entry.before or {COURSE: asdict(CourseCounting())}
    return tables | {name: values for name, values in before.items() if name in tables}
