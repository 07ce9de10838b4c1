"""Lateness: the flags of files that came after their team's deadline, set anew when a deadline moves.

A submission's flags are decided when it is received. They are a function of its receipt and its team's terms,
so an extension that is given afterwards, or another deadline, decides them again.
"""

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from server.database.database import table_of
from server.domain.boards import standings
from server.domain.competitions.terms import Terms, general_terms, terms_of_team
from server.domain.teams import membership as teams
from server.models import Allowance, Competition, Submission, Team, TeamKind, TeamMember

_SUBMISSION, _TEAM = table_of(Submission), table_of(Team)


def decide_again(session: Session, *, competition: Competition, team_ids: list[int]) -> int:
    """Set the flags of these teams' submissions by their terms; how many submissions changed.

    A submission that is late now is no final selection any more. Standings follow. The boards have a new
    revision even where no flag changed, since a late file may be late by fewer days now. Needs a session that
    may see private scores.
    """
    changed = 0
    for team_id in sorted(team_ids):
        teams.lock_team(session, team_id)
        terms = terms_of_team(session, competition=competition, team_id=team_id)
        rows = session.scalars(_deciding(terms).where(_SUBMISSION.c.team_id == team_id)).all()
        changed += len(rows)
        if rows:
            standings.refresh(session, competition_id=competition.id, team_id=team_id)
        else:
            standings.new_revision(session, competition.id)
    return changed


def decide_all_again(session: Session, *, competition: Competition) -> int:
    """`decide_again` for every student team: two statements, and one more for each team with an extension."""
    extended = extended_teams(session, competition)
    general = (
        _deciding(general_terms(competition))
        .where(_SUBMISSION.c.competition_id == competition.id, _SUBMISSION.c.team_id.not_in(extended))
        .where(exists().where(_TEAM.c.id == _SUBMISSION.c.team_id, _TEAM.c.kind == TeamKind.STUDENT))
    )
    team_ids = session.scalars(general).all()
    for team_id in sorted(set(team_ids)):
        standings.refresh(session, competition_id=competition.id, team_id=team_id)
    return len(team_ids) + decide_again(session, competition=competition, team_ids=extended)


def _deciding(terms: Terms) -> ReturningUpdate[int]:
    """The statement that sets wrong flags right, to be narrowed; it returns the team of each row."""
    late = _SUBMISSION.c.received_at >= terms.deadline_at + terms.grace
    over = _SUBMISSION.c.received_at >= terms.late_until + terms.grace
    return (
        update(_SUBMISSION)
        .where((_SUBMISSION.c.is_late != late) | (_SUBMISSION.c.is_practice != over))
        .values(is_late=late, is_practice=over, is_final=_SUBMISSION.c.is_final & ~late)
        .returning(_SUBMISSION.c.team_id)
    )


def extended_teams(session: Session, competition: Competition) -> list[int]:
    """The teams that have an extension, by themselves or by a member."""
    of_here = (
        Allowance.competition_id == competition.id,
        Allowance.revoked_at.is_(None),
        Allowance.deadline_at.is_not(None),
    )
    direct = select(Allowance.team_id).where(*of_here, Allowance.team_id.is_not(None))
    by_member = (
        select(TeamMember.team_id)
        .join(Allowance, Allowance.user_id == TeamMember.user_id)
        .where(*of_here, TeamMember.competition_id == competition.id)
    )
    return [each for each in session.scalars(direct.union(by_member)) if each is not None]
