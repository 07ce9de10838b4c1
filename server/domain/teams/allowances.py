"""Allowances: extra slots and later deadlines that staff give to one student or team, with a reason."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from grader.messages import COMMA, Message, joined
from server.clock import iso
from server.domain.audit import reasons
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.competitions import archiving
from server.domain.errors import Conflict, Invalid, NotFound
from server.domain.notices import notices, receivers
from server.domain.notices.notices import NewNotice
from server.domain.people.members.students import students_named
from server.domain.teams import lateness
from server.local_time import local_text
from server.models import Allowance, Competition, NoticeKind, Team, TeamKind, TeamMember, User

MOST_SLOTS = 1000


@dataclass(frozen=True)
class Receiver:
    """Who is given something: a student of the course, or a team; `name` for people."""

    name: str
    user_id: int | None = None
    team_id: int | None = None


@dataclass(frozen=True)
class Grant:
    """More slots for somebody, with the reason; `day` None: of every course day."""

    to: Receiver
    slots: int
    day: date | None
    reason: str


@dataclass(frozen=True)
class Extension:
    """A later deadline for somebody, with the reason."""

    to: Receiver
    deadline_at: datetime
    reason: str


@dataclass(frozen=True)
class GivenAllowance:
    """An allowance as staff read it: to whom, by whom."""

    allowance: Allowance
    receiver: str
    given_by: str


def receiver_named(session: Session, *, competition: Competition, name: str) -> Receiver:
    """The student of that user name, student number or e-mail address, or else the team of that name.

    Raises NotFound for none, Conflict for several.
    """
    students = students_named(session, course_id=competition.course_id, text=name)
    named = [Receiver(f"{user.display_name} ({user.username})", user_id=user.id) for user in students]
    if not named:
        teams = session.execute(
            select(Team.id, Team.name).where(
                Team.competition_id == competition.id,
                Team.kind == TeamKind.STUDENT,
                Team.merged_into.is_(None),
                Team.name == name.strip(),
            )
        )
        named = [Receiver(Message("team {name}", name=row.name), team_id=row.id) for row in teams]
    if len(named) > 1:
        raise Conflict(
            Message(
                "'{name}' names {count}: {receivers}. Give a user name.",
                name=name,
                count=len(named),
                receivers=joined(*(each.name for each in named), between=COMMA),
            )
        )
    for each in named:
        return each
    raise NotFound(
        Message(
            "There is no student with the user name, student number or e-mail address '{name}' in "
            "this course, and no team of that name.",
            name=name,
        )
    )


def grant_slots(
    session: Session, *, competition: Competition, grant: Grant, by: Actor, now: datetime
) -> Allowance:
    """Give extra slots. Raises Invalid."""
    if not 1 <= grant.slots <= MOST_SLOTS:
        raise Invalid(
            Message(
                "A grant is of 1 to {most} extra slots a day, not {slots}.",
                most=MOST_SLOTS,
                slots=grant.slots,
            )
        )
    allowance = _add(session, competition, grant, by, now)
    allowance.extra_slots, allowance.course_day = grant.slots, grant.day
    session.flush()
    audit.record(session, _act("slots_granted", competition, allowance), by=by, now=now)
    _notify(session, allowance, now=now)
    return allowance


def extend_deadline(
    session: Session, *, competition: Competition, extension: Extension, by: Actor, now: datetime
) -> Allowance:
    """Give a later deadline, and decide again which of the team's files were late.

    It cannot be later than the reveal: who sees the private board chooses by it. Raises Invalid. Needs a
    session that may see private scores.
    """
    zone, deadline_at = competition.reset_zone, extension.deadline_at
    if deadline_at <= competition.deadline_at:
        raise Invalid(
            Message(
                "An extension ends after the deadline, {deadline_at}, and this one on {extension}.",
                deadline_at=local_text(competition.deadline_at, zone),
                extension=local_text(deadline_at, zone),
            )
        )
    if deadline_at > competition.reveal_at:
        raise Invalid(
            Message(
                "The private board opens on {reveal_at}, and nobody may choose by it, so an extension "
                "cannot end on {deadline_at}. Move the reveal first.",
                reveal_at=local_text(competition.reveal_at, zone),
                deadline_at=local_text(deadline_at, zone),
            )
        )
    allowance = _add(session, competition, extension, by, now)
    allowance.deadline_at = deadline_at
    session.flush()
    _decide_again(session, competition, allowance)
    audit.record(session, _act("deadline_extended", competition, allowance), by=by, now=now)
    _notify(session, allowance, now=now)
    return allowance


def revoke(
    session: Session,
    *,
    competition: Competition,
    allowance_id: int,
    reason: str,
    by: Actor,
    now: datetime,
) -> Allowance:
    """Take an allowance back; slots that were used stay used, files that are late without it become late.

    Raises NotFound, and Conflict when it was taken back before. Needs a session that may see private scores.
    """
    archiving.require_live(competition)
    allowance = session.get(Allowance, allowance_id)
    if allowance is None or allowance.competition_id != competition.id:
        raise NotFound(
            Message("There is no allowance {allowance_id} in this competition.", allowance_id=allowance_id)
        )
    revoked = session.scalar(
        update(Allowance)
        .where(Allowance.id == allowance_id, Allowance.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(Allowance.id)
    )
    if revoked is None:
        raise Conflict(Message("This allowance has been taken back already."))
    if allowance.deadline_at is not None:
        _decide_again(session, competition, allowance)
    act = audit.Act(
        "allowance_revoked",
        f"allowance {allowance_id}",
        competition=competition,
        reason=reasons.required(reason),
        before=_facts(allowance),
    )
    audit.record(session, act, by=by, now=now)
    return allowance


def of_competition(session: Session, *, competition: Competition) -> list[GivenAllowance]:
    """Every allowance ever given here, the newest first."""
    giver, receiver = User.__table__.alias("giver"), User.__table__.alias("receiver")
    rows = session.execute(
        select(Allowance, receiver.c.display_name, receiver.c.username, Team.name, giver.c.display_name)
        .outerjoin(receiver, receiver.c.id == Allowance.user_id)
        .outerjoin(Team, Team.id == Allowance.team_id)
        .outerjoin(giver, giver.c.id == Allowance.given_by)
        .where(Allowance.competition_id == competition.id)
        .order_by(Allowance.created_at.desc(), Allowance.id.desc())
    )
    return [
        GivenAllowance(
            allowance,
            f"{student} ({username})" if username else Message("team {name}", name=team),
            giver_name or Message("command line"),
        )
        for allowance, student, username, team, giver_name in rows
    ]


def _add(
    session: Session, competition: Competition, terms: Grant | Extension, by: Actor, now: datetime
) -> Allowance:
    archiving.require_live(competition)
    allowance = Allowance(
        competition_id=competition.id,
        team_id=terms.to.team_id,
        user_id=terms.to.user_id,
        reason=reasons.required(terms.reason),
        given_by=by.user_id,
        created_at=now,
    )
    session.add(allowance)
    return allowance


def _decide_again(session: Session, competition: Competition, allowance: Allowance) -> None:
    team_id = allowance.team_id
    if team_id is None:
        team_id = session.scalar(
            select(TeamMember.team_id).where(
                TeamMember.competition_id == competition.id, TeamMember.user_id == allowance.user_id
            )
        )
    if team_id is not None:
        lateness.decide_again(session, competition=competition, team_ids=[team_id])


def _notify(session: Session, allowance: Allowance, *, now: datetime) -> None:
    facts = {name: _facts(allowance)[name] for name in ("extra_slots", "course_day", "deadline_at")}
    new = NewNotice(NoticeKind.ALLOWANCE, f"allowance:{allowance.id}", allowance.competition_id, facts)
    to_person, to_team = allowance.user_id, allowance.team_id
    if to_person is not None:
        notices.write(session, new, to=receivers.person(to_person), now=now)
    if to_team is not None:
        notices.write(session, new, to=receivers.team(to_team), now=now)


def _act(name: str, competition: Competition, allowance: Allowance) -> audit.Act:
    return audit.Act(
        name,
        f"allowance {allowance.id}",
        competition=competition,
        reason=allowance.reason,
        after=_facts(allowance),
    )


def _facts(allowance: Allowance) -> dict[str, str | int | None]:
    return {
        "user_id": allowance.user_id,
        "team_id": allowance.team_id,
        "extra_slots": allowance.extra_slots,
        "course_day": allowance.course_day.isoformat() if allowance.course_day else None,
        "deadline_at": iso(allowance.deadline_at) if allowance.deadline_at else None,
    }
