"""The one door: every submission, by page, API, client or worker, is taken here, before it is scored.

The order of the rules is the order a student would expect: is the competition open, have you sent this
request or this very file before, have you sent too many broken files, is a slot left today. `look_ahead` asks
all that of a snapshot, so that a file that will be refused costs neither disk nor writer. `submit` asks again
in one statement, `server/domain/submissions/slots.py`, which inserts the submission into a free slot or does
nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, Table, bindparam, or_, select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import course_day
from server.database.database import execute, table_of
from server.domain.audit.actor import Actor
from server.domain.competitions import access as competitions
from server.domain.competitions import archiving
from server.domain.competitions.access import Access
from server.domain.competitions.terms import Terms
from server.domain.errors import Closed, Conflict, NotFound, NotOpen
from server.domain.submissions import slots
from server.domain.submissions.upload import Upload, require_short_key
from server.domain.teams import membership as teams
from server.domain.teams import trials
from server.domain.texts.letters import legible
from server.local_time import local_text
from server.models import (
    Competition,
    PrivateFailure,
    PrivateScore,
    PublicScore,
    Right,
    Role,
    Submission,
    SubmissionState,
    Team,
    User,
)

_SUBMISSION, _USER = table_of(Submission), table_of(User)
_OF_TEAMS = (
    select(Submission)
    .where(Submission.team_id.in_(bindparam("team_ids", expanding=True)))
    .order_by(Submission.received_at.desc(), Submission.id.desc())
)
_SUBMITTERS = (
    select(_SUBMISSION.c.id, _USER.c.username)
    .join(_USER, _USER.c.id == _SUBMISSION.c.submitted_by)
    .where(_SUBMISSION.c.id.in_(bindparam("ids", expanding=True)))
)


def _scores_in(table: Table) -> Select[int, float]:
    """The scores of the submissions `ids` under one answer key, by a split's table."""
    return select(table.c.submission_id, table.c.score).where(
        table.c.submission_id.in_(bindparam("ids", expanding=True)),
        table.c.answer_key_id == bindparam("answer_key_id"),
    )


_PUBLIC_SCORES, _PRIVATE_SCORES = _scores_in(table_of(PublicScore)), _scores_in(table_of(PrivateScore))
_EARLIER = (
    select(
        _SUBMISSION.c.id,
        _SUBMISSION.c.state,
        _SUBMISSION.c.sha256,
        _SUBMISSION.c.idempotency_key.label("key"),
    )
    .where(
        _SUBMISSION.c.team_id == bindparam("team_id"),
        or_(
            (_SUBMISSION.c.sha256 == bindparam("sha256")) & (_SUBMISSION.c.state != SubmissionState.FAILED),
            _SUBMISSION.c.idempotency_key == bindparam("idempotency_key"),
        ),
    )
    .order_by(_SUBMISSION.c.received_at)
)


@dataclass(frozen=True)
class EnteredSubmission:
    """A submission that stands, and its state then; `repeated` when it stood before this request."""

    submission_id: int
    state: SubmissionState
    repeated: bool


@dataclass(frozen=True)
class Arrival:
    """A person's file whose last byte has come at `now`, and all that the one door asks about it.

    terms: the competition's times and slots as the sender's team meets them. invalid_per_hour: how many
    invalid files of one account are read. role: the sender's when the request began; of staff the file is a
    trial.
    """

    competition: Competition
    terms: Terms
    upload: Upload
    by: Actor
    now: datetime
    invalid_per_hour: int
    role: Role

    @classmethod
    def of(cls, access: Access, upload: Upload, *, now: datetime, invalid_per_hour: int) -> "Arrival":
        """The file of whoever has this access to the competition."""
        return cls(access.competition, access.terms, upload, access.actor, now, invalid_per_hour, access.role)


def submit(session: Session, arrival: Arrival) -> EnteredSubmission:
    """Take a person's file: an earlier submission when it repeats one, else a new one that holds a slot.

    Raises NotOpen, Closed, Invalid, Conflict, LimitReached.
    """
    competition, terms, now = arrival.competition, arrival.terms, arrival.now
    require_window(competition, terms, now, role=arrival.role)
    require_short_key(arrival.upload.idempotency_key)
    team_id = trials.enter_as(
        session, competition_id=competition.id, user_id=arrival.by.person_id, role=arrival.role, now=now
    )
    values = _values(competition=competition, team_id=team_id, upload=arrival.upload, by=arrival.by, now=now)
    if not trials.is_trial(arrival.role):
        values |= {"is_late": terms.is_late(now), "is_practice": terms.is_over(now)}
    limit = terms.limit_on(values["course_day"])
    submission_id = slots.take(session, values, daily_limit=limit, invalid_per_hour=arrival.invalid_per_hour)
    if submission_id is not None:
        return EnteredSubmission(submission_id, SubmissionState.RECEIVED, repeated=False)
    earlier = look_ahead(session, arrival)
    if earlier is None:
        raise slots.daily_limit_reached(
            session, competition=competition, terms=terms, team_id=team_id, now=now
        )
    return earlier


def look_ahead(session: Session, arrival: Arrival) -> EnteredSubmission | None:
    """The earlier submission that this file repeats, or None where `submit` would find a slot for it.

    Reads only. Raises what `submit` would raise.
    """
    competition, terms, now = arrival.competition, arrival.terms, arrival.now
    require_window(competition, terms, now, role=arrival.role)
    require_short_key(arrival.upload.idempotency_key)
    team_id = trials.team_id_as(
        session, competition_id=competition.id, user_id=arrival.by.person_id, role=arrival.role
    )
    if team_id is not None:
        earlier = earlier_result(session, team_id=team_id, upload=arrival.upload)
        if earlier is not None:
            return earlier
        slots.require_few_failed(session, team_id=team_id, now=now)
    slots.require_few_invalid(session, by=arrival.by, now=now, most=arrival.invalid_per_hour)
    slots.require_free(session, competition=competition, terms=terms, team_id=team_id, now=now)
    return None


def submit_baseline(
    session: Session, *, competition: Competition, team: Team, upload: Upload, by: Actor, now: datetime
) -> EnteredSubmission:
    """Take a baseline's predictions: as a student's, but at any time and without a slot."""
    teams.lock_team(session, team.id)
    earlier = earlier_result(session, team_id=team.id, upload=upload)
    if earlier is not None:
        return earlier
    values = _values(competition=competition, team_id=team.id, upload=upload, by=by, now=now)
    return EnteredSubmission(slots.enter_without(session, values), SubmissionState.RECEIVED, repeated=False)


def require_window(competition: Competition, terms: Terms, now: datetime, *, role: Role) -> None:
    """Raise NotOpen before the opening, Archived, and Closed after the last instant for late files.

    Their grace is counted in. Where there is practice, it is never closed; for trials there is only the
    archive.
    """
    if trials.is_trial(role):
        archiving.require_live(competition)
        return
    if now < competition.opens_at:
        raise NotOpen(competition.opens_at, competition.reset_zone)
    archiving.require_live(competition)
    if terms.is_over(now) and not terms.has_practice:
        end = local_text(terms.late_until, competition.reset_zone)
        raise Closed(Message("Submissions ended on {time}.", time=end), terms.late_until)


def earlier_result(session: Session, *, team_id: int, upload: Upload) -> EnteredSubmission | None:
    """The team's submission with this idempotency key or these bytes; None if there is none but failed ones.

    Raises Conflict when the key was used for other bytes.
    """
    known_by = {"team_id": team_id, "sha256": upload.sha256, "idempotency_key": upload.idempotency_key}
    rows = execute(session, _EARLIER, known_by).all()
    keyed = [row for row in rows if upload.idempotency_key is not None and row.key == upload.idempotency_key]
    if keyed and keyed[0].sha256 != upload.sha256:
        raise Conflict(
            Message("This Idempotency-Key came before with another file. Use a new key for each new file."),
            code="idempotency_mismatch",
        )
    for row in [*keyed, *rows]:
        return EnteredSubmission(row.id, row.state, repeated=True)
    return None


def _values(
    *, competition: Competition, team_id: int, upload: Upload, by: Actor, now: datetime
) -> slots.Values:
    return {
        "competition_id": competition.id,
        "team_id": team_id,
        "submitted_by": by.person_id,
        "received_at": now,
        "course_day": course_day(now, competition.reset_zone),
        "state": SubmissionState.RECEIVED,
        "file_name": legible(upload.file_name[-200:])[-200:],
        "sha256": upload.sha256,
        "size": upload.size,
        "idempotency_key": upload.idempotency_key,
        "note": upload.note,
        "origin": upload.origin,
        "via": upload.via,
        "is_late": False,
        "is_practice": False,
        "is_final": False,
        "problems": [],
    }


def of_person(session: Session, *, competition_id: int, user_id: int) -> list[Submission]:
    """The submissions of the user's team and their own trials, the newest first."""
    own = trials.own_team_ids(session, competition_id=competition_id, user_id=user_id)
    return of_teams(session, own)


def of_teams(session: Session, team_ids: list[int]) -> list[Submission]:
    """The submissions of these teams, the newest first."""
    return list(session.scalars(_OF_TEAMS, {"team_ids": team_ids}))


def visible(session: Session, *, submission_id: int, user: User, now: datetime) -> tuple[Submission, Access]:
    """A submission and the access to it, for a member of its team, whoever sent a trial, or the staff.

    Raises NotFound for others, NotAllowed for staff who may not see whose file it is.
    """
    missing = NotFound(
        Message("There is no submission {submission_id} of yours.", submission_id=submission_id)
    )
    submission = session.get(Submission, submission_id)
    if submission is None:
        raise missing
    competition = session.get_one(Competition, submission.competition_id)
    try:
        access = competitions.access(session, slug=competition.slug, user=user, now=now)
    except NotFound:  # its words would name a competition of others
        raise missing from None
    if submission.team_id not in trials.own_team_ids(session, competition_id=competition.id, user_id=user.id):
        if not access.role.is_staff:
            raise missing
        competitions.require_rights(access, [Right.SEE_NAMES], now)
    return submission, access


def public_scores(session: Session, *, competition: Competition, ids: list[int]) -> dict[int, float]:
    """The public scores of these submissions under the current answer key, by submission id."""
    return _scores(session, _PUBLIC_SCORES, competition, ids)


def private_scores(session: Session, *, competition: Competition, ids: list[int]) -> dict[int, float]:
    """The private scores of these submissions; needs a session that may see them."""
    return _scores(session, _PRIVATE_SCORES, competition, ids)


def _scores(
    session: Session, query: Select[int, float], competition: Competition, ids: list[int]
) -> dict[int, float]:
    values = {"ids": ids, "answer_key_id": competition.answer_key_id}
    return dict(execute(session, query, values).all())


def failure_of(session: Session, submission_id: int) -> str | None:
    """Why grading the submission failed, for staff alone; needs a session that may see private values."""
    return session.scalar(select(PrivateFailure.reason).where(PrivateFailure.submission_id == submission_id))


def submitters(session: Session, *, ids: list[int]) -> dict[int, str]:
    """Who sent each of these submissions, by submission id."""
    return dict(execute(session, _SUBMITTERS, {"ids": ids}).all())
