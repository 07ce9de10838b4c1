"""The one door: every submission, by page, API, client or worker, is taken here, before it is scored.

The order of the rules is the order a student would expect: is the competition open, have you sent this
request or this
very file before, have you sent too many broken files, is a slot left today. The slot is an insert that the
unique constraint (team, course day, slot) guards; counting first would let parallel requests through.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.clock import course_day, iso, local_text
from server.domain import competitions, teams
from server.domain.errors import Closed, Conflict, Invalid, LimitReached, NotFound, NotOpen
from server.models import Competition, PrivateScore, PublicScore, Submission, SubmissionState, Team, User

INVALID_WINDOW = timedelta(hours=1)
KEY_LENGTH = 100


@dataclass(frozen=True)
class Upload:
    """A file that has arrived and been synced: its name as the student gave it, its hash, its size in
    bytes."""

    file_name: str
    sha256: str
    size: int
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Entered:
    """A submission that stands; `repeated` when it stood before this request."""

    submission: Submission
    repeated: bool


def submit(
    session: Session,
    *,
    competition: Competition,
    upload: Upload,
    by: User,
    now: datetime,
    invalid_per_hour: int,
) -> Entered:
    """Take a student's file: an earlier submission when it repeats one, else a new one that holds a slot.

    `now` is the instant when the last byte had come. Raises NotOpen, Closed, Conflict, LimitReached.
    """
    require_window(competition, now)
    team = teams.enter(session, competition_id=competition.id, user=by, now=now)
    teams.lock_team(session, team.id)
    earlier = earlier_result(session, team_id=team.id, upload=upload)
    if earlier is not None:
        return Entered(earlier, repeated=True)
    _require_few_invalid(session, by=by, now=now, most=invalid_per_hour)
    submission = _new(competition=competition, team=team, upload=upload, by=by, now=now)
    _take_slot(session, submission, competition=competition, now=now)
    return Entered(submission, repeated=False)


def submit_baseline(
    session: Session, *, competition: Competition, team: Team, upload: Upload, by: User, now: datetime
) -> Entered:
    """Take a baseline's predictions: as a student's, but at any time and without a slot."""
    teams.lock_team(session, team.id)
    earlier = earlier_result(session, team_id=team.id, upload=upload)
    if earlier is not None:
        return Entered(earlier, repeated=True)
    submission = _new(competition=competition, team=team, upload=upload, by=by, now=now)
    submission.is_late = False
    session.add(submission)
    session.flush()
    return Entered(submission, repeated=False)


def require_window(competition: Competition, now: datetime) -> None:
    """Raise NotOpen before the opening, Closed after the last instant for late files and its grace."""
    if now < competition.opens_at:
        raise NotOpen(competition.opens_at, competition.reset_zone)
    if now >= competition.late_until + timedelta(seconds=competition.grace_seconds):
        raise Closed("Submissions", competition.late_until, competition.reset_zone)


def earlier_result(session: Session, *, team_id: int, upload: Upload) -> Submission | None:
    """The team's submission with this idempotency key or these bytes; None if there is none but failed ones.

    Raises Conflict when the key was used for other bytes.
    """
    if upload.idempotency_key is not None:
        if len(upload.idempotency_key) > KEY_LENGTH:
            raise Invalid(
                f"The Idempotency-Key has {len(upload.idempotency_key)} characters; at most {KEY_LENGTH} fit."
            )
        keyed = session.scalar(
            select(Submission).where(
                Submission.team_id == team_id, Submission.idempotency_key == upload.idempotency_key
            )
        )
        if keyed is not None and keyed.sha256 != upload.sha256:
            raise Conflict(
                "This Idempotency-Key came before with another file. Use a new key for each new file.",
                code="idempotency_mismatch",
            )
        if keyed is not None:
            return keyed
    return session.scalar(
        select(Submission)
        .where(
            Submission.team_id == team_id,
            Submission.sha256 == upload.sha256,
            Submission.state != SubmissionState.FAILED,
        )
        .order_by(Submission.received_at)
        .limit(1)
    )


def _new(*, competition: Competition, team: Team, upload: Upload, by: User, now: datetime) -> Submission:
    return Submission(
        competition_id=competition.id,
        team_id=team.id,
        submitted_by=by.id,
        received_at=now,
        course_day=course_day(now, competition.reset_zone),
        state=SubmissionState.RECEIVED,
        file_name=upload.file_name[:200],
        sha256=upload.sha256,
        size=upload.size,
        idempotency_key=upload.idempotency_key,
        is_late=competitions.is_late(competition, now),
        is_final=False,
        problems=[],
    )


def _take_slot(session: Session, submission: Submission, *, competition: Competition, now: datetime) -> None:
    """Insert the submission into the first free slot; a slot lost to a parallel request is tried again with
    the next."""
    while True:
        taken = set(
            session.scalars(
                select(Submission.slot).where(
                    Submission.team_id == submission.team_id,
                    Submission.course_day == submission.course_day,
                    Submission.slot.is_not(None),
                )
            )
        )
        free = [slot for slot in range(1, competition.daily_limit + 1) if slot not in taken]
        if not free:
            raise daily_limit_reached(session, competition=competition, team_id=submission.team_id, now=now)
        submission.slot = free[0]
        try:
            with session.begin_nested():
                session.add(submission)
            return
        except IntegrityError as error:
            if "slot" not in str(error.orig):
                raise


def daily_limit_reached(
    session: Session, *, competition: Competition, team_id: int, now: datetime
) -> LimitReached:
    """The refusal that says how many slots were used and when the next day begins, in the course's zone."""
    today = competitions.today(session, competition=competition, team_id=team_id, now=now)
    return LimitReached(
        f"Your team has used {today.used} of {today.limit} submissions today. "
        f"The next day begins on {local_text(today.resets_at, competition.reset_zone)}. "
        "This file was not counted; upload it again then.",
        details={
            "limit": today.limit,
            "used": today.used,
            "resets_at": iso(today.resets_at),
            "resets_in_seconds": max(1, round((today.resets_at - now).total_seconds())),
            "zone": competition.reset_zone,
            "now": iso(now),
        },
    )


def _require_few_invalid(session: Session, *, by: User, now: datetime, most: int) -> None:
    since = now - INVALID_WINDOW
    times = list(
        session.scalars(
            select(Submission.received_at)
            .where(
                Submission.submitted_by == by.id,
                Submission.state == SubmissionState.INVALID,
                Submission.received_at > since,
            )
            .order_by(Submission.received_at)
        )
    )
    if len(times) < most:
        return
    again = times[len(times) - most] + INVALID_WINDOW
    raise LimitReached(
        f"You have sent {len(times)} invalid files within an hour; at most {most} are read. "
        "`splitboard check` finds every format problem on your own machine, as often as you like.",
        code="too_many_invalid",
        details={
            "limit": most,
            "resets_at": iso(again),
            "resets_in_seconds": max(1, round((again - now).total_seconds())),
        },
    )


def of_team(session: Session, team_id: int) -> list[Submission]:
    """The team's submissions, the newest first."""
    return list(
        session.scalars(
            select(Submission)
            .where(Submission.team_id == team_id)
            .order_by(Submission.received_at.desc(), Submission.id.desc())
        )
    )


def visible(
    session: Session, *, submission_id: int, user: User, now: datetime
) -> tuple[Submission, competitions.Access]:
    """A submission for a member of its team or the course's staff, with the access they have; NotFound for
    others."""
    missing = NotFound(f"There is no submission {submission_id} of yours.")
    submission = session.get(Submission, submission_id)
    if submission is None:
        raise missing
    competition = session.get_one(Competition, submission.competition_id)
    found = competitions.access(session, slug=competition.slug, user=user, now=now)
    own = teams.team_of(session, competition_id=competition.id, user_id=user.id)
    if not found.role.is_staff and (own is None or own.id != submission.team_id):
        raise missing
    return submission, found


def public_scores(session: Session, *, competition: Competition, ids: list[int]) -> dict[int, float]:
    """The public scores of these submissions under the current answer key, by submission id."""
    rows = session.execute(
        select(PublicScore.submission_id, PublicScore.score).where(
            PublicScore.submission_id.in_(ids), PublicScore.answer_key_id == competition.answer_key_id
        )
    ).all()
    return dict(rows)


def private_scores(session: Session, *, competition: Competition, ids: list[int]) -> dict[int, float]:
    """The private scores of these submissions; needs a session that may see them."""
    rows = session.execute(
        select(PrivateScore.submission_id, PrivateScore.score).where(
            PrivateScore.submission_id.in_(ids), PrivateScore.answer_key_id == competition.answer_key_id
        )
    ).all()
    return dict(rows)


def submitters(session: Session, *, ids: list[int]) -> dict[int, str]:
    """Who sent each of these submissions, by submission id."""
    rows = session.execute(
        select(Submission.id, User.username)
        .join(User, User.id == Submission.submitted_by)
        .where(Submission.id.in_(ids))
    ).all()
    return dict(rows)
