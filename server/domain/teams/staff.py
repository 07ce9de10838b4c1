"""Teams as staff see and mend them: who is behind a name, another name for an offensive one, a member moved.

Every act takes a reason, which stands in the audit trail beside what was before and after.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import reasons
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.audit.names import person
from server.domain.boards import standings
from server.domain.competitions import archiving
from server.domain.errors import Conflict, NotFound
from server.domain.people.accounts import accounts
from server.domain.teams import lateness, merging
from server.domain.teams import membership as teams
from server.domain.teams import names as team_names
from server.domain.teams.names import NewName
from server.domain.texts.letters import name_key
from server.models import Competition, Member, Role, Submission, Team, TeamKind, TeamMember, User


@dataclass(frozen=True)
class Teammate:
    """A member of a team as the course knows them."""

    user_id: int
    username: str
    name: str
    student_number: str


@dataclass(frozen=True)
class StaffTeam:
    """A team with the people behind its name, and how many files it has sent."""

    team_id: int
    name: str
    created_at: datetime
    members: tuple[Teammate, ...]
    submissions: int

    def answers_to(self, words: str) -> bool:
        """Whether the team's name, or a member's name, user name or student number, holds this text."""
        texts = [self.name]
        for each in self.members:
            texts += [each.name, each.username, each.student_number]
        return any(name_key(words) in name_key(text) for text in texts)


@dataclass(frozen=True)
class MemberMove:
    """A student to be moved into the team of the student `beside`, or, with "", into one of their own."""

    username: str
    beside: str
    reason: str


def listed(session: Session, *, competition: Competition, words: str = "") -> list[StaffTeam]:
    """The student teams by name, or those that answer to `wanted`; merged ones are left out."""
    people = _people(session, competition=competition)
    counts = _submission_counts(session, competition_id=competition.id)
    rows = session.scalars(
        select(Team).where(
            Team.competition_id == competition.id,
            Team.kind == TeamKind.STUDENT,
            Team.merged_into.is_(None),
        )
    )
    student_teams = [
        StaffTeam(row.id, row.name, row.created_at, tuple(people.get(row.id, ())), counts.get(row.id, 0))
        for row in rows
    ]
    return sorted(
        (team for team in student_teams if not words.strip() or team.answers_to(words)),
        key=lambda team: (name_key(team.name), team.team_id),
    )


def one(session: Session, *, competition: Competition, team_id: int) -> StaffTeam:
    """One student team; NotFound for another competition's, a baseline's, and one that was merged."""
    row = _student_team(session, competition=competition, team_id=team_id)
    people = _people(session, competition=competition).get(row.id, ())
    counts = _submission_counts(session, competition_id=competition.id)
    return StaffTeam(row.id, row.name, row.created_at, tuple(people), counts.get(row.id, 0))


def _people(session: Session, *, competition: Competition) -> dict[int, list[Teammate]]:
    rows = session.execute(
        select(TeamMember.team_id, User.id, User.username, User.display_name, Member.student_number)
        .join(User, User.id == TeamMember.user_id)
        .outerjoin(Member, (Member.user_id == User.id) & (Member.course_id == competition.course_id))
        .where(TeamMember.competition_id == competition.id)
        .order_by(TeamMember.id)
    )
    people: dict[int, list[Teammate]] = {}
    for team_id, user_id, username, name, number in rows:
        people.setdefault(team_id, []).append(Teammate(user_id, username, name, number or ""))
    return people


def _submission_counts(session: Session, *, competition_id: int) -> dict[int, int]:
    rows = session.execute(
        select(Submission.team_id, func.count())
        .where(Submission.competition_id == competition_id)
        .group_by(Submission.team_id)
    ).all()
    return dict(rows)


def _student_team(session: Session, *, competition: Competition, team_id: int) -> Team:
    row = session.get(Team, team_id, populate_existing=True)
    if row is None or row.competition_id != competition.id or row.kind is not TeamKind.STUDENT:
        raise NotFound(Message("There is no student team {team_id} in this competition.", team_id=team_id))
    if row.merged_into is not None:
        raise NotFound(
            Message(
                "Team {team_id} was merged into team {merged_into}.",
                team_id=team_id,
                merged_into=row.merged_into,
            )
        )
    return row


def rename(session: Session, *, competition: Competition, new: NewName, by: Actor, now: datetime) -> None:
    """Give a team another name, as for an offensive one. Raises Invalid, Conflict, NotFound."""
    new = replace(new, reason=reasons.required(new.reason))
    teams.lock_team(session, new.team_id)
    _student_team(session, competition=competition, team_id=new.team_id)
    team_names.rename(session, competition=competition, new=new, by=by, now=now)


def move_member(
    session: Session, *, competition: Competition, move: MemberMove, by: Actor, now: datetime
) -> int:
    """Move a student into another's team or into a new one of their own; the id of that team.

    Staff are bound by the team size and not by the merger deadline. What the student has submitted stays
    with the team for which it was made; so the last member of a team with submissions cannot leave it. An
    extension goes with its student, so both teams' files are judged anew. Needs a session that may see
    private scores. Raises Invalid without a reason, NotFound, Conflict.
    """
    to = _team_beside(session, competition=competition, username=move.beside, now=now)
    archiving.require_live(competition)
    reason = reasons.required(move.reason)
    user = _student(session, competition=competition, username=move.username)
    before = teams.team_id_of(session, competition_id=competition.id, user_id=user.id)
    for team_id in sorted({each for each in (before, to) if each is not None}):
        teams.lock_team(session, team_id)
    if before != teams.team_id_of(session, competition_id=competition.id, user_id=user.id):
        raise Conflict(Message("This student has just come into another team. Look again, and decide again."))
    if to is not None:
        _require_room(session, competition=competition, team_id=to, before=before)
    _require_leavable(session, team_id=before, to=to)
    after = _move(session, competition=competition, user=user, before=before, to=to, now=now)
    standings.new_revision(session, competition.id, team_ids=())
    changed = [each for each in (before, after) if each is not None]
    lateness.decide_again(session, competition=competition, team_ids=changed)
    act = audit.Act(
        "member_moved",
        person(user.id),
        competition=competition,
        reason=reason,
        before={"team_id": before},
        after={"team_id": after},
    )
    audit.record(session, act, by=by, now=now)
    return after


def _team_beside(session: Session, *, competition: Competition, username: str, now: datetime) -> int | None:
    """The id of this student's team, made now if there is none; None for no student."""
    if not username.strip():
        return None
    user = _student(session, competition=competition, username=username)
    team_id = teams.team_id_of(session, competition_id=competition.id, user_id=user.id)
    return team_id or teams.enter(session, competition_id=competition.id, user_id=user.id, now=now)


def _student(session: Session, *, competition: Competition, username: str) -> User:
    user = session.scalar(
        select(User)
        .join(Member, Member.user_id == User.id)
        .where(
            Member.course_id == competition.course_id,
            Member.role == Role.STUDENT,
            User.username_key == accounts.username_key(username),
        )
    )
    if user is None:
        raise NotFound(Message("There is no student '{username}' in this course.", username=username.strip()))
    return user


def _require_room(session: Session, *, competition: Competition, team_id: int, before: int | None) -> None:
    _student_team(session, competition=competition, team_id=team_id)
    if team_id == before:
        raise Conflict(Message("The student is in that team already."))
    members = teams.member_count(session, team_id)
    if members >= competition.team_size:
        raise Conflict(
            Message(
                "That team has {members} members; {team_size} are the most in this competition.",
                members=members,
                team_size=competition.team_size,
            ),
            code="team_too_large",
        )


def _require_leavable(session: Session, *, team_id: int | None, to: int | None) -> None:
    if team_id is None or teams.member_count(session, team_id) > 1:
        return
    if to is None:
        raise Conflict(Message("The student is a team of one already."))
    if teams.has_submissions(session, team_id):
        raise Conflict(
            Message(
                "The student is alone in a team with submissions, which would belong to nobody then. Let "
                "the other team invite them: accepting merges the two teams."
            )
        )


def _move(
    session: Session,
    *,
    competition: Competition,
    user: User,
    before: int | None,
    to: int | None,
    now: datetime,
) -> int:
    session.execute(
        delete(TeamMember).where(TeamMember.competition_id == competition.id, TeamMember.user_id == user.id)
    )
    if to is None:
        after = teams.own_team(session, competition_id=competition.id, user_id=user.id, now=now)
    else:
        after = to
        session.add(TeamMember(team_id=to, competition_id=competition.id, user_id=user.id))
        session.flush()
    if before is None:
        return after
    remaining = teams.members_of(session, before)
    if remaining:
        team_names.let_go(session, team_id=before, former=user, members=remaining)
    else:
        session.execute(update(Team).where(Team.id == before).values(merged_into=after))
    emptied = [before] if not remaining else []
    merging.withdraw_all(
        session, competition_id=competition.id, team_ids=emptied, user_ids=[user.id], now=now
    )
    return after
