"""Cloning: a competition, or a whole course, once more for the next term.

What was prepared comes along: rules, description, files, tiers, the current answer key as version 1, its
metric. Nobody and nothing of the past term does: no students, teams, submissions, scores, announcements.
Times move by whole days, so that a deadline at 23:59 is at 23:59 again whatever summer time does meanwhile.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.messages import Message
from grader.parted_text import whole_of
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.baselines import thresholds
from server.domain.competitions import access as competitions
from server.domain.errors import Invalid
from server.domain.grades.counting.counting import (
    countings_of,
    course_counting,
    keep_counting,
    keep_course_counting,
)
from server.domain.grading import commitments, grading_key
from server.domain.grading.grading_key import GradingKey
from server.domain.people import courses
from server.domain.people.courses import SLUG, NewCourse
from server.domain.setup import clone_times, homework_times
from server.domain.setup.clone_times import TIMES
from server.domain.setup.drafts import draft as drafts
from server.domain.teams import membership as teams
from server.models import (
    AnswerKeyVersion,
    BaselineRun,
    BoardRevision,
    Competition,
    CompetitionFile,
    Course,
    Member,
    Role,
    Submission,
    ThresholdRule,
    Tier,
    TierName,
    User,
)

# Each column of a competition and of a key version is one of these; a test says so of new ones.
MADE_ANEW = ("id", "course_id", "slug", "title", "created_at", "answer_key_id", "commitment", "archived_at")
TIER_MADE_ANEW = ("id", "competition_id", "trained_at", "threshold_rule", "threshold_run_id")
KEY_MADE_ANEW = ("id", "competition_id", "version", "created_at", "created_by", "reason")
SLUG_MOST, TITLE_MOST = 60, 200


@dataclass(frozen=True)
class Origin:
    """A competition as it is cloned: its current key, and the runs that set its tiers' thresholds."""

    competition: Competition
    key: AnswerKeyVersion
    key_of: GradingKey
    runs: tuple[tuple[TierName, BaselineRun, Submission], ...]


def origin_of(session: Session, competition: Competition) -> Origin:
    """What cloning this competition starts from, as it stands now."""
    runs = tuple(
        (tier.name, run, session.get_one(Submission, run.submission_id))
        for tier in competitions.tiers_of(session, competition.id)
        for run in thresholds.counted_runs(session, tier)
    )
    key = session.get_one(AnswerKeyVersion, competition.answer_key_id)
    return Origin(competition, key, grading_key.current_key(session, competition), runs)


def days_to(competition: Competition, first_day: date) -> int:
    """By how many days its times move when the clone opens on `first_day`, a local date; may be negative."""
    return (first_day - opening_day(competition)).days


def opening_day(competition: Competition) -> date:
    """The local date on which the competition opens."""
    return competition.opens_at.astimezone(ZoneInfo(competition.reset_zone)).date()


def next_slug(competition: Competition, *, course: Course, new_course_slug: str) -> str:
    """What a competition's clone is called in the new course.

    'hw01-ml-2026' becomes 'hw01-ml-2027', and 'hw01' too.
    """
    return f"{competition.slug.removesuffix(f'-{course.slug}')}-{new_course_slug}"


@dataclass(frozen=True)
class NewCompetition:
    """A clone to be: in which course, called what, how many days later; "" keeps the title of the origin."""

    course: Course
    slug: str
    days: int
    title: str = ""


def clone_competition(
    session: Session, new: NewCompetition, *, origin: Origin, split_sha256: str, by: Actor, now: datetime
) -> Competition:
    """The new competition as its origin was.

    Raises Conflict for a taken slug, Invalid for one that does not fit and for times that do not, be it for
    a holiday of the course that it goes into.
    split_sha256: as grader.commitment finds it in the key's file. Needs a session that may see private
    tables, where the salt of the new commitment lies.
    """
    _require_free(session, new.slug)
    old = origin.competition
    times = clone_times.times_of(old, new.days)
    due = {name: at for name, at in times.items() if at is not None}
    homework_times.require_no_holiday(due, zone=old.reset_zone, course=new.course, slug=new.slug)
    clone = Competition(
        **_columns(old, without=(*MADE_ANEW, *TIMES)),
        **times,
        course_id=new.course.id,
        slug=new.slug,
        title=(new.title.strip() or whole_of(old.title))[:TITLE_MOST],
        created_at=now,
    )
    session.add(clone)
    session.flush()
    session.add(BoardRevision(competition_id=clone.id, public=1, private=1))
    _copy_files(session, old, clone)
    _copy_tiers(session, old, clone, now)
    counting = countings_of(session, course_id=old.course_id, competition_ids=[old.id]).of(old.id)
    keep_counting(session, counting, competition_id=clone.id)
    key = _copy_key(session, origin.key, clone, by, now)
    commitments.commit(session, competition=clone, key=key, split_sha256=split_sha256, by=by, now=now)
    act = audit.Act(
        "competition_cloned",
        f"competition {clone.slug}",
        competition=clone,
        details={"from": old.slug, "answer_key_version": origin.key.version, "days": new.days},
    )
    audit.record(session, act, by=by, now=now)
    return clone


def _require_free(session: Session, slug: str) -> None:
    if not SLUG.fullmatch(slug):
        raise Invalid(
            Message(
                "A competition's slug has small letters, digits and hyphens, at most {most}; '{slug}' "
                "does not fit.",
                most=SLUG_MOST,
                slug=slug,
            )
        )
    if drafts.is_taken(session, slug):
        raise drafts.not_free(session, slug)


def _columns(
    row: Competition | CompetitionFile | Tier | AnswerKeyVersion, *, without: tuple[str, ...]
) -> dict[str, Any]:
    names = [column.key for column in row.__table__.columns if column.key not in without]
    return {name: getattr(row, name) for name in names}


def _copy_files(session: Session, old: Competition, clone: Competition) -> None:
    for file in competitions.files_of(session, old.id):
        columns = _columns(file, without=("id", "competition_id"))
        session.add(CompetitionFile(competition_id=clone.id, **columns))


def _copy_tiers(session: Session, old: Competition, clone: Competition, now: datetime) -> None:
    for tier in competitions.tiers_of(session, old.id):
        copied = Tier(
            competition_id=clone.id, **_columns(tier, without=TIER_MADE_ANEW), threshold_rule=_rule_of(tier)
        )
        session.add(copied)
        session.flush()
        teams.add_baseline_team(session, tier=copied, now=now)


def _rule_of(tier: Tier) -> ThresholdRule:
    """The clone's rule. One run that staff picked is the only one to be entered again, and so its latest."""
    is_picked = tier.threshold_rule is ThresholdRule.ONE_RUN
    return ThresholdRule.LATEST if is_picked else tier.threshold_rule


def _copy_key(
    session: Session, old: AnswerKeyVersion, clone: Competition, by: Actor, now: datetime
) -> AnswerKeyVersion:
    key = AnswerKeyVersion(
        competition_id=clone.id,
        version=1,
        created_at=now,
        created_by=by.user_id,
        **_columns(old, without=KEY_MADE_ANEW),
    )
    session.add(key)
    session.flush()
    clone.answer_key_id = key.id
    return key


def clone_course(
    session: Session,
    *,
    course: Course,
    new: NewCourse,
    staff: list[Member],
    by: Actor,
    now: datetime,
) -> Course:
    """The new course, with these members of the old one's staff, and nobody else.

    Whoever clones it on a page is an instructor in it. Its competitions come by `clone_competition`.
    """
    clone = courses.create_course(session, new, by=by, now=now)
    keep_course_counting(session, course_counting(session, course_id=course.id), course_id=clone.id)
    roles = {member.user_id: member.role for member in staff if member.role is not Role.STUDENT}
    if by.user_id is not None and not session.get_one(User, by.user_id).is_admin:
        roles[by.user_id] = Role.INSTRUCTOR
    for user_id, role in roles.items():
        user = session.get_one(User, user_id)
        if user.is_active:
            courses.add_member(
                session, course=clone, user=user, enrolment=courses.Enrolment(role), by=by, now=now
            )
    act = audit.Act(
        "course_cloned",
        f"course {clone.slug}",
        course_id=clone.id,
        details={"from": course.slug, "staff": len(roles)},
    )
    audit.record(session, act, by=by, now=now)
    return clone


def staff_of(session: Session, course: Course) -> list[Member]:
    """The course's active TAs and instructors."""
    return list(
        session.scalars(
            select(Member)
            .where(Member.course_id == course.id, Member.is_active.is_(True), Member.role != Role.STUDENT)
            .order_by(Member.id)
        )
    )


def competitions_of(session: Session, course: Course) -> list[Competition]:
    """The course's competitions, archived ones too, by their opening."""
    return list(
        session.scalars(
            select(Competition)
            .where(Competition.course_id == course.id)
            .order_by(Competition.opens_at, Competition.id)
        )
    )


@dataclass(frozen=True)
class ClonedCompetition:
    """A clone that stands: tiers with a threshold already, tiers that need a run, runs asked for."""

    competition: Competition
    origin: Competition
    entered: tuple[str, ...]
    waiting: tuple[str, ...]
    run_ids: tuple[int, ...]


@dataclass(frozen=True)
class ClonedCourse:
    """A course that stands for the next term, with its competitions."""

    course: Course
    competitions: tuple[ClonedCompetition, ...]
