"""The veil of a kind board: which names and rows of a board those read who may not see who is behind a team.

A course's instructors choose whether teams stand under their names, under names that they chose themselves,
or under pseudonyms, and whether a board shows all rows or the first. Whoever has the right to names sees
every board without the veil. All ways to a board put it on here, before its bytes are made.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, case, false, or_, select, true
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.boards.leaderboard import BoardRow
from server.domain.boards.shake_up import RankMove, ShakeUp
from server.domain.texts.letters import name_key
from server.models import BoardNames, Competition, Course, Team, TeamKind, TeamMember, User

T = TypeVar("T")
AHEAD = 3  # standings before one's own that one reads, wherever one stands
NAMELESS = Message("a team")


class Audience(StrEnum):
    """For whom a board is: for those who see names, or where there is no veil; for those behind the veil."""

    OPEN = "open"
    VEILED = "veiled"


@dataclass(frozen=True)
class SeenRows:
    """The rows of a board under the names that its audience reads.

    whole: all of them, from which the viewer's own part is cut. listed: those that everybody reads.
    """

    whole: list[BoardRow]
    listed: list[BoardRow]
    _derived: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def places(self) -> dict[int, int]:
        """The place of each team's row among all of them."""
        return {row.team_id: place for place, row in enumerate(self.whole)}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is made of these rows and of what the key names, once for all who look at this board."""
        if key not in self._derived:
            self._derived[key] = make()
        value: T = self._derived[key]
        return value


def has_veil(course: Course) -> bool:
    """Whether the course's boards look otherwise to those who may not see names."""
    return course.board_names is not BoardNames.REAL or course.board_rows is not None


def is_veiled(*, sees_names: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same in a query that has the course: whether its user, whose right is `sees_names`, gets the veil.

    A right of which nothing is known is none.
    """
    course_has_veil = or_(Course.board_names != BoardNames.REAL, Course.board_rows.is_not(None))
    return case((sees_names, false()), (course_has_veil, true()), else_=false())


def audience_of(course: Course, *, sees_names: bool) -> Audience:
    """For which audience a board of this course is made, for somebody with this right."""
    return Audience.OPEN if sees_names or not has_veil(course) else Audience.VEILED


def seen(session: Session, rows: list[BoardRow], *, competition: Competition, audience: Audience) -> SeenRows:
    """The rows of one of the competition's boards as this audience reads them."""
    if audience is Audience.OPEN:
        return SeenRows(rows, rows)
    course = session.get_one(Course, competition.course_id)
    names = shown_names(session, competition_id=competition.id, names=course.board_names)
    whole = [row if row.tier is not None else replace(row, team=_name(names, row.team_id)) for row in rows]
    return SeenRows(whole, [row for row in whole if is_listed(row.rank, most=course.board_rows)])


def is_listed(rank: int | None, *, most: int | None) -> bool:
    """Whether everybody reads the row of this rank; a threshold, which has none, stands for all to see."""
    return rank is None or most is None or rank <= most


def shown_names(
    session: Session, *, competition_id: int, names: BoardNames, team_ids: Sequence[int] | None = None
) -> dict[int, str]:
    """What each student team of the competition is called behind the veil, by its id; or of these."""
    of_competition = [Team.competition_id == competition_id, Team.kind == TeamKind.STUDENT]
    if team_ids is not None:
        of_competition = [Team.id.in_(team_ids), Team.kind == TeamKind.STUDENT]
    rows = session.execute(select(Team.id, Team.name, Team.pseudonym).where(*of_competition)).all()
    if names is BoardNames.REAL:
        return {row.id: row.name for row in rows}
    pseudonyms = {row.id: row.pseudonym or NAMELESS for row in rows}
    if names is BoardNames.PSEUDONYMS:
        return pseudonyms
    members = session.execute(
        select(Team.id, User.display_name, User.username)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .join(User, User.id == TeamMember.user_id)
        .where(*of_competition)
    )
    own = {(row.id, name_key(name)) for row in members for name in (row.display_name, row.username)}
    return {row.id: pseudonyms[row.id] if (row.id, name_key(row.name)) in own else row.name for row in rows}


def _name(names: Mapping[int, str], team_id: int) -> str:
    return names.get(team_id, NAMELESS)


def near(rows: Sequence[BoardRow], team_id: int | None) -> list[BoardRow]:
    """The standings right before a team's own, AHEAD of them at most, in the order of the board."""
    place = next((place for place, row in enumerate(rows) if row.team_id == team_id), None)
    if place is None:
        return []
    return [row for row in rows[:place] if row.tier is None][-AHEAD:]


def unlisted_near(seen: SeenRows, team_id: int | None) -> list[BoardRow]:
    """The same of a team that the board does not list, as far as everybody does not read them anyway."""
    listed = {row.team_id for row in seen.listed}
    return (
        [] if team_id in listed else [row for row in near(seen.whole, team_id) if row.team_id not in listed]
    )


def rows_for(seen: SeenRows, team_id: int | None) -> list[BoardRow]:
    """All that a member of the team reads of the board: what is listed, their own row, and those near it."""
    if team_id is None:
        return seen.listed
    shown = {row.team_id for row in (*seen.listed, *unlisted_near(seen, team_id))} | {team_id}
    return [row for row in seen.whole if row.team_id in shown]


def stored_rows(
    session: Session, rows: Sequence[dict[str, Any]], *, competition: Competition, audience: Audience
) -> list[dict[str, Any]]:
    """The rows of a stored board under the names of today; `is_listed` says which everybody reads."""
    if audience is Audience.OPEN:
        return [row | {"is_listed": True} for row in rows]
    course = session.get_one(Course, competition.course_id)
    names = shown_names(session, competition_id=competition.id, names=course.board_names)
    return [
        row
        | ({} if row["tier"] is not None else {"team": _name(names, row["team_id"])})
        | {"is_listed": is_listed(row["rank"], most=course.board_rows)}
        for row in rows
    ]


def veiled_moves(
    session: Session, moved: ShakeUp, *, competition: Competition, audience: Audience
) -> list[RankMove]:
    """The moves of a shake-up as this audience reads them: of the teams that its private board lists."""
    if audience is Audience.OPEN:
        return moved.moves
    course = session.get_one(Course, competition.course_id)
    names = shown_names(session, competition_id=competition.id, names=course.board_names)
    return [
        replace(move, team=_name(names, move.team_id))
        for move in moved.moves
        if is_listed(move.private_rank, most=course.board_rows)
    ]
