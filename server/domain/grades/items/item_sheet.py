"""Items that staff check by hand: a sheet of students and items, and changes of single cells.

Points belong to students. A team of several has one row where its members have the same points, so that what
is written there is written for each of them. A change says what each cell was when it was looked at, and
nothing is saved where one of them is another by now.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from grader.messages import Message, joined
from server.database.database import table_of, upsert
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.audit.names import person
from server.domain.competitions import archiving
from server.domain.errors import Conflict, Invalid
from server.domain.grades.counting.counting import items_of
from server.domain.texts.csv_cells import number_cell
from server.models import Competition, GradeItem, ItemPoints, Member, Role, Team, TeamMember, User

ACT = "items_checked"
SHOWN_MOST = 5  # cells that a refusal names
_POINTS = table_of(ItemPoints)


@dataclass(frozen=True, slots=True)
class SheetStudent:
    """A student of the course; "" for what is not known."""

    user_id: int
    username: str
    student_number: str
    name: str


@dataclass(frozen=True)
class SheetRow:
    """A student, or the members of a team of several with the same points. points: by item, if checked."""

    students: tuple[SheetStudent, ...]
    team: str
    points: Mapping[int, float]

    @property
    def key(self) -> int:
        """What the row is called by: the id of its first student."""
        return self.students[0].user_id

    @property
    def name(self) -> str:
        """What staff call the row by."""
        return self.team if len(self.students) > 1 else self.students[0].name


@dataclass(frozen=True)
class ItemSheet:
    """The items of a competition, and a row for each student or team of its course, by student number."""

    items: Sequence[GradeItem]
    rows: Sequence[SheetRow]

    @property
    def students(self) -> dict[int, tuple[SheetStudent, SheetRow]]:
        """Each student with their row, by their id."""
        return {student.user_id: (student, row) for row in self.rows for student in row.students}


@dataclass(frozen=True)
class ItemCell:
    """One student's cell as it was when it was looked at, and as it shall be; None is not checked."""

    item_id: int
    user_id: int
    was: float | None
    points: float | None


def item_sheet(session: Session, *, competition: Competition) -> ItemSheet:
    """Everybody who is a student of the course now, and their points; four statements."""
    items = items_of(session, [competition.id])
    points: dict[int, dict[int, float]] = defaultdict(dict)
    stored = select(ItemPoints).where(ItemPoints.item_id.in_([item.id for item in items]))
    for row in session.scalars(stored):
        points[row.user_id][row.item_id] = row.points
    students = _students(session, competition.course_id)
    teams = _teams(session, competition.id)
    together: dict[int, list[SheetStudent]] = defaultdict(list)
    for student in students:
        if student.user_id in teams:
            together[teams[student.user_id][0]].append(student)
    rows = []
    for student in students:
        team_id, team = teams.get(student.user_id, (0, ""))
        members = together[team_id] if team_id else [student]
        if any(points[each.user_id] != points[student.user_id] for each in members):
            members = [student]
        if members[0] == student:
            rows.append(SheetRow(tuple(members), team, dict(points[student.user_id])))
    return ItemSheet(items, rows)


def _students(session: Session, course_id: int) -> list[SheetStudent]:
    query = (
        select(User.id, User.username, Member.student_number, User.display_name)
        .join(User, User.id == Member.user_id)
        .where(Member.course_id == course_id, Member.role == Role.STUDENT, Member.is_active.is_(True))
    )
    students = [
        SheetStudent(user_id, username, number or "", name)
        for user_id, username, number, name in session.execute(query)
    ]
    return sorted(students, key=lambda each: (each.student_number, each.username))


def _teams(session: Session, competition_id: int) -> dict[int, tuple[int, str]]:
    """By student, the id and the name of their team."""
    query = (
        select(TeamMember.user_id, Team.id, Team.name)
        .join(Team, Team.id == TeamMember.team_id)
        .where(TeamMember.competition_id == competition_id)
    )
    return {user_id: (team_id, name) for user_id, team_id, name in session.execute(query)}


def change_cells(
    session: Session, cells: Sequence[ItemCell], *, competition: Competition, by: Actor, now: datetime
) -> int:
    """Give the cells their new points; how many changed. All of them, or none.

    Raises Invalid for points beyond an item's most and for a row or an item that is not there; Conflict where
    somebody else has changed one of the cells to something else meanwhile.
    """
    archiving.require_live(competition)
    held = select(GradeItem).where(GradeItem.competition_id == competition.id).order_by(GradeItem.id)
    session.scalars(held.with_for_update()).all()  # two who save at once come one after the other
    now_there = _Now(item_sheet(session, competition=competition))
    now_there.require_room(cells)
    now_there.require_unchanged(cells)
    changes = [cell for cell in cells if cell.points != now_there.points(cell)]
    for cell in changes:
        _keep(session, cell, by, now)
    if changes:
        before, after = now_there.as_json(changes)
        act = audit.Act(
            ACT, f"competition {competition.slug}", competition=competition, before=before, after=after
        )
        audit.record(session, act, by=by, now=now)
    return len(changes)


def of_rows(sheet: ItemSheet, cells: Sequence[ItemCell]) -> list[ItemCell]:
    """The cells of whole rows, each called by its key: one for each student who is in the row now."""
    rows = {row.key: row for row in sheet.rows}
    return [
        replace(cell, user_id=student.user_id)
        for cell in cells
        for student in (rows[cell.user_id].students if cell.user_id in rows else ())
    ]


class _Now:
    """The sheet as it stands in the transaction that changes it."""

    def __init__(self, sheet: ItemSheet) -> None:
        self._students = sheet.students
        self._items = {item.id: item for item in sheet.items}

    def points(self, cell: ItemCell) -> float | None:
        """What stands in the cell."""
        return self._students[cell.user_id][1].points.get(cell.item_id)

    def require_room(self, cells: Sequence[ItemCell]) -> None:
        """Raise Conflict for a student or an item that is not there, Invalid for points beyond the most."""
        if any(cell.user_id not in self._students or cell.item_id not in self._items for cell in cells):
            raise Conflict(
                Message("The items or the students have changed since you looked. Look again, and save then.")
            )
        problems = [
            self._beyond(cell)
            for cell in cells
            if cell.points is not None and not 0 <= cell.points <= self._items[cell.item_id].most
        ]
        if problems:
            raise Invalid(joined(Message("Nothing was saved."), *problems[:SHOWN_MOST]))

    def require_unchanged(self, cells: Sequence[ItemCell]) -> None:
        """Raise Conflict where somebody else has changed a cell to something else meanwhile."""
        changed = [cell for cell in cells if self.points(cell) not in (cell.was, cell.points)]
        if changed:
            raise Conflict(
                joined(
                    Message("Somebody else has changed these meanwhile, so nothing was saved."),
                    *(self._now_and_then(cell) for cell in changed[:SHOWN_MOST]),
                    Message("Look at what stands there now, and save again."),
                )
            )

    def as_json(
        self, cells: Sequence[ItemCell]
    ) -> tuple[dict[str, dict[str, float | None]], dict[str, dict[str, float | None]]]:
        """By student, what each item was and is, as the audit trail keeps it."""
        before: dict[str, dict[str, float | None]] = defaultdict(dict)
        after: dict[str, dict[str, float | None]] = defaultdict(dict)
        for cell in cells:
            name = self._items[cell.item_id].name
            before[person(cell.user_id)][name] = self.points(cell)
            after[person(cell.user_id)][name] = cell.points
        return dict(before), dict(after)

    def _now_and_then(self, cell: ItemCell) -> Message:
        return Message(
            "{name}, {item}: {now} by now, and not {was}.",
            name=self._students[cell.user_id][0].name,
            item=self._items[cell.item_id].name,
            now=_shown(self.points(cell)),
            was=_shown(cell.was),
        )

    def _beyond(self, cell: ItemCell) -> Message:
        return Message(
            "{name}, {item}: {points} is not from 0 to {most}.",
            name=self._students[cell.user_id][0].name,
            item=self._items[cell.item_id].name,
            points=number_cell(cell.points),
            most=number_cell(self._items[cell.item_id].most),
        )


def _shown(points: float | None) -> str:
    return Message("not checked") if points is None else number_cell(points)


def _keep(session: Session, cell: ItemCell, by: Actor, now: datetime) -> None:
    own = (_POINTS.c.item_id == cell.item_id) & (_POINTS.c.user_id == cell.user_id)
    if cell.points is None:
        session.execute(delete(_POINTS).where(own))
        return
    values = {"points": cell.points, "checked_by": by.user_id, "checked_at": now}
    statement = upsert(_POINTS).values(item_id=cell.item_id, user_id=cell.user_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["item_id", "user_id"], set_=values))
