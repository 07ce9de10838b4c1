"""The teams of a competition as its staff look for them: by section, department, name or score."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.teams import staff
from server.domain.teams.staff import StaffTeam
from server.domain.texts.letters import name_key
from server.domain.texts.order_words import OrderWord
from server.models import Competition, Member, Standing


class TeamSort(OrderWord):
    """What the teams stand by; a minus turns the order around. The best score comes first, none last."""

    TEAM = "team"
    TEAM_DOWN = "-team"
    SCORE = "score"
    SCORE_DOWN = "-score"
    FILES = "files"
    FILES_DOWN = "-files"


@dataclass(frozen=True)
class TeamFilter:
    """Which teams to list; "" leaves a question open. A team is of a section if one of its members is."""

    words: str = ""
    section: str = ""
    department: str = ""
    sort: TeamSort = TeamSort.TEAM


@dataclass(frozen=True)
class ListedTeam:
    """A team, and the score by which the public board ranks it."""

    team: StaffTeam
    score: float | None


def listed(session: Session, *, competition: Competition, filters: TeamFilter) -> Sequence[ListedTeam]:
    """The student teams that pass the filters, in their order."""
    rows = session.execute(
        select(Standing.team_id, Standing.score).where(Standing.competition_id == competition.id)
    ).all()
    scores: dict[int, float] = dict(rows)
    people = _people(session, competition, filters)
    teams = [
        ListedTeam(team, scores.get(team.team_id))
        for team in staff.listed(session, competition=competition, words=filters.words)
        if people is None or any(each.user_id in people for each in team.members)
    ]
    if filters.sort.column == "score":
        scored = [each for each in teams if each.score is not None]
        best_first = sorted(scored, key=lambda each: each.score or 0.0, reverse=competition.higher_is_better)
        in_order = best_first[::-1] if filters.sort.is_down else best_first
        return [*in_order, *(each for each in teams if each.score is None)]
    keys: dict[str, Callable[[ListedTeam], str | int]] = {
        "team": lambda each: name_key(each.team.name),
        "files": lambda each: each.team.submissions,
    }
    return sorted(teams, key=keys[filters.sort.column], reverse=filters.sort.is_down)


def _people(session: Session, competition: Competition, filters: TeamFilter) -> set[int] | None:
    """Who is of the section and the department that are asked for; None where nothing is asked."""
    parts = [(Member.section, filters.section), (Member.department, filters.department)]
    conditions = [column == text for column, text in parts if text]
    if not conditions:
        return None
    query = select(Member.user_id).where(Member.course_id == competition.course_id, *conditions)
    return set(session.scalars(query))
