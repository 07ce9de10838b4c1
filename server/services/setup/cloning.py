"""The whole way of a clone: read the old, grade its baselines' files, insert the new.

Slow things come first and outside its one transaction: the split is hashed from the key's file, and the
stored predictions are graded. Whoever asks by page, API or command line comes here.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from grader.messages import Message
from grader.proofs.commitment import split_sha256
from server.domain.audit.actor import COMMAND_LINE, Actor
from server.domain.baselines import runs as baselines
from server.domain.errors import Invalid
from server.domain.grading.outcome import Outcome
from server.domain.people import courses
from server.domain.people.accounts.worker_account import worker_account
from server.domain.people.calendar import EMPTY
from server.domain.people.courses import CourseSettings, NewCourse
from server.domain.setup import baseline_files, cloning
from server.domain.setup.cloning import ClonedCompetition, ClonedCourse, NewCompetition, Origin
from server.models import Competition, Course
from server.services.grading.context import GradingContext
from server.services.grading.grade import outcome_of_file


class Thresholds(StrEnum):
    """Where a clone's thresholds come from."""

    REENTER = "reenter"  # the stored predictions of the origin's baselines
    TRAIN = "train"  # new runs of every tier
    LATER = "later"  # neither; staff ask for runs when they like


@dataclass(frozen=True)
class Order:
    """Who asks for a clone and when, on which day it opens, and where its thresholds come from."""

    first_day: date
    thresholds: Thresholds
    by: Actor
    now: datetime


@dataclass(frozen=True)
class _Prepared:
    origin: Origin
    split_sha256: str
    graded: dict[int, Outcome]


def clone_competition(
    context: GradingContext,
    *,
    competition: Competition,
    into: Course,
    slug: str,
    title: str,
    order: Order,
) -> ClonedCompetition:
    """Clone one competition into a course, as the order says. Raises what `cloning` raises."""
    prepared = _prepare(context, competition, order)
    new = NewCompetition(into, slug, cloning.days_to(competition, order.first_day), title)
    return context.db.write(lambda session: _insert(session, prepared, new, order), private=True)


def clone_course(
    context: GradingContext,
    *,
    course: Course,
    slug: str,
    title: str,
    with_staff: bool,
    order: Order,
) -> ClonedCourse:
    """Clone a course and all its competitions, the first of which opens on the order's day; all or nothing.

    Raises Invalid for a course without competitions, and what `cloning` raises.
    """
    competitions_there = context.db.read(lambda session: cloning.competitions_of(session, course))
    if not competitions_there:
        raise Invalid(
            Message(
                "The course '{slug}' has no competition to clone. `course add` makes a new one.",
                slug=course.slug,
            )
        )
    days = (order.first_day - min(cloning.opening_day(each) for each in competitions_there)).days
    prepared = [_prepare(context, each, order) for each in competitions_there]

    def work(session: Session) -> ClonedCourse:
        staff = cloning.staff_of(session, course) if with_staff else []
        clone = cloning.clone_course(
            session,
            course=course,
            new=NewCourse(slug, _settings(course, title)),
            staff=staff,
            by=order.by,
            now=order.now,
        )
        competitions = []
        for each in prepared:
            new_slug = cloning.next_slug(each.origin.competition, course=course, new_course_slug=slug)
            competitions.append(_insert(session, each, NewCompetition(clone, new_slug, days), order))
        return ClonedCourse(clone, tuple(competitions))

    return context.db.write(work, private=True)


def _prepare(context: GradingContext, competition: Competition, order: Order) -> _Prepared:
    origin = context.db.read(lambda session: cloning.origin_of(session, competition))
    split = split_sha256(context.store.read(origin.key.sha256), id_column=competition.id_column)
    graded = {}
    if order.thresholds is Thresholds.REENTER:
        graded = {
            submission.id: outcome_of_file(
                context.store, submission.sha256, key=origin.key_of, keys=context.keys
            )
            for _, _, submission in origin.runs
        }
    return _Prepared(origin, split, graded)


def _insert(session: Session, prepared: _Prepared, new: NewCompetition, order: Order) -> ClonedCompetition:
    clone = cloning.clone_competition(
        session,
        new,
        origin=prepared.origin,
        split_sha256=prepared.split_sha256,
        by=order.by,
        now=order.now,
    )
    sender = _sender(session, order)
    entered = baseline_files.enter_again(
        session, origin=prepared.origin, clone=clone, graded=prepared.graded, by=sender, now=order.now
    )
    waiting = baseline_files.waiting_tiers(session, clone)
    run_ids: list[int] = []
    if order.thresholds is Thresholds.TRAIN and waiting:
        runs = baselines.request_runs(
            session, competition=clone, tiers=waiting, seed=0, by=sender, now=order.now
        )
        run_ids = [run.id for run in runs]
    return ClonedCompetition(
        clone, prepared.origin.competition, tuple(entered), tuple(waiting), tuple(run_ids)
    )


def _sender(session: Session, order: Order) -> Actor:
    """Whose name the baselines' runs and files carry: whoever asks, or the worker for the command line."""
    return order.by if order.by != COMMAND_LINE else Actor(worker_account(session, now=order.now).id)


def _settings(course: Course, title: str) -> CourseSettings:
    """The clone's settings: those of the course, under its own title and without its calendar."""
    return replace(courses.settings_of(course), title=title, calendar=EMPTY)
