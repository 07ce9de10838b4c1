"""Which code has been handed in: by a team, by every student of a course, and who may read a version."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.competitions.terms import Terms, general_terms, terms_of_team
from server.domain.errors import NotFound
from server.domain.teams import lateness
from server.domain.teams import membership as teams
from server.models import (
    CodeVersion,
    Competition,
    Member,
    Right,
    Role,
    Submission,
    Team,
    TeamKind,
    TeamMember,
    User,
)


@dataclass(frozen=True)
class HandedInCode:
    """A version of a team's code. number: 1 is the team's first. by: the name of whoever sent it."""

    row: CodeVersion
    number: int
    by: str
    is_late: bool


@dataclass(frozen=True)
class StudentCode:
    """A student of the course, with the team they are in and what it has handed in, the newest first.

    has_submissions: whether the team has sent predictions, so that code is missing where there is none.
    """

    user_id: int
    student_number: str
    username: str
    name: str
    team_id: int | None
    versions: tuple[HandedInCode, ...]
    has_submissions: bool

    @property
    def newest(self) -> HandedInCode | None:
        """The version that counts; None where nothing was handed in."""
        return self.versions[0] if self.versions else None


def of_person(session: Session, *, access: Access) -> list[HandedInCode]:
    """The versions of the viewer's own team, the newest first."""
    competition = access.competition
    team_id = teams.team_id_of(session, competition_id=competition.id, user_id=access.user_id)
    if team_id is None:
        return []
    return _of_teams(session, competition, [team_id]).get(team_id, [])


def visible(session: Session, *, version_id: int, user: User, now: datetime) -> tuple[CodeVersion, Access]:
    """A version and the access to it, for a member of its team and for staff who may see names.

    Raises NotFound for all others, NotAllowed for staff without that right.
    """
    missing = NotFound(Message("There is no code {version_id} of yours.", version_id=version_id))
    row = session.get(CodeVersion, version_id)
    if row is None:
        raise missing
    slug = session.get_one(Competition, row.competition_id).slug
    try:
        access = competitions.access(session, slug=slug, user=user, now=now)
    except NotFound:  # its words would name a competition of others
        raise missing from None
    team_id = teams.team_id_of(session, competition_id=row.competition_id, user_id=user.id)
    if row.team_id != team_id:
        if not access.role.is_staff:
            raise missing
        competitions.require_rights(access, [Right.SEE_NAMES], now)
    return row, access


def by_student(session: Session, *, competition: Competition) -> list[StudentCode]:
    """Every active student of the course, and those who sent something and have left it; by number."""
    rows = session.execute(
        select(Member, User, TeamMember.team_id)
        .join(User, User.id == Member.user_id)
        .outerjoin(
            TeamMember, (TeamMember.user_id == User.id) & (TeamMember.competition_id == competition.id)
        )
        .where(Member.course_id == competition.course_id, Member.role == Role.STUDENT)
    ).all()
    versions = _of_teams(session, competition, None)
    sent = set(
        session.scalars(
            select(Submission.team_id)
            .join(Team, Team.id == Submission.team_id)
            .where(Submission.competition_id == competition.id, Team.kind == TeamKind.STUDENT)
            .distinct()
        )
    )
    students = [
        StudentCode(
            user.id,
            member.student_number or "",
            user.username,
            user.display_name,
            team_id,
            tuple(versions.get(team_id, ())),
            team_id in sent,
        )
        for member, user, team_id in rows
        if member.is_active or team_id in versions
    ]
    # Here, since databases differ in what letters come first, and where nothing does.
    return sorted(students, key=lambda each: (not each.student_number, each.student_number, each.username))


def handed_in_at(session: Session, *, competition: Competition) -> dict[int, HandedInCode]:
    """The version that counts of each student whose team has handed in code, by user id."""
    newest = {team_id: each[0] for team_id, each in _of_teams(session, competition, None).items()}
    members = session.execute(
        select(TeamMember.user_id, TeamMember.team_id).where(
            TeamMember.competition_id == competition.id, TeamMember.team_id.in_(list(newest))
        )
    )
    return {user_id: newest[team_id] for user_id, team_id in members}


def _of_teams(
    session: Session, competition: Competition, team_ids: list[int] | None
) -> dict[int, list[HandedInCode]]:
    """The versions of these teams, None for every team of the competition; by team, the newest first."""
    query = (
        select(CodeVersion, User.display_name)
        .join(User, User.id == CodeVersion.handed_in_by)
        .where(CodeVersion.competition_id == competition.id)
        .order_by(CodeVersion.received_at, CodeVersion.id)
    )
    rows = session.execute(
        query if team_ids is None else query.where(CodeVersion.team_id.in_(team_ids))
    ).all()
    terms = _terms_by_team(session, competition, {row.team_id for row, _ in rows})
    versions: dict[int, list[HandedInCode]] = {}
    for row, by in rows:
        of_team = versions.setdefault(row.team_id, [])
        of_team.append(HandedInCode(row, len(of_team) + 1, by, terms[row.team_id].is_late(row.received_at)))
    return {team_id: of_team[::-1] for team_id, of_team in versions.items()}


def _terms_by_team(session: Session, competition: Competition, team_ids: set[int]) -> dict[int, Terms]:
    """The terms of each team: lateness follows from them, so that a later deadline makes late code timely."""
    extended = set(lateness.extended_teams(session, competition)) & team_ids if team_ids else set()
    terms = dict.fromkeys(team_ids, general_terms(competition))
    return terms | {
        team_id: terms_of_team(session, competition=competition, team_id=team_id) for team_id in extended
    }
