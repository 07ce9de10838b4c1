"""Fill the demonstration course: `server.services.demo.fill STUDENTS torch|no-torch all|two`.

The two main homeworks come first, whose baselines the worker beside the server trains, then the students.
Whenever one is trained, the students who reach that far submit, so the boards grow with the baselines. The
other homeworks come when these two are complete. Each step asks what is there already: a filling that was cut
short goes on where it stopped.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import typer
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server import logs
from server.clock import course_day, utc_now
from server.database.database import Database
from server.domain.audit.actor import Actor
from server.domain.baselines import runs as baselines
from server.domain.boards import snapshots
from server.domain.competitions import access as competitions
from server.domain.files.file_store import FileStore
from server.domain.grading import grading_key
from server.domain.people import courses
from server.domain.people.accounts import worker_account as worker_accounts
from server.models import (
    BaselineRun,
    BoardSnapshot,
    Competition,
    Course,
    PrivateSnapshot,
    RunState,
    Tier,
)
from server.services import look_alikes
from server.services.demo import announcements as demo_announcements
from server.services.demo import course as demo_course
from server.services.demo import points as demo_points
from server.services.demo import simulate
from server.services.demo import teams as demo_teams
from server.services.demo.copies import with_copies
from server.services.demo.enrol import add_people
from server.services.demo.homeworks import BEGUN, FINISHED, MAIN, RUNNING, bring, known, others, slug_of
from server.services.demo.notes import Notes
from server.services.demo.people import people
from server.services.demo.predictions import Mixer
from server.services.demo.simulate import PlannedFile, UploadTally
from server.services.grading.context import GradingContext
from server.settings import Settings, get_settings

# The worker trains in this order: the finished homework is worth a look soon, the running one comes alive
# early.
ORDER = (
    ("hw01_covid", "simple"),
    ("hw01_covid", "medium"),
    ("hw02_phoneme", "simple"),
    ("hw01_covid", "strong"),
    ("hw01_covid", "boss"),
    ("hw02_phoneme", "medium"),
    ("hw02_phoneme", "strong"),
    ("hw02_phoneme", "boss"),
)
LATER = tuple((BEGUN, tier) for tier in ("simple", "medium", "strong", "boss"))
TOGETHER = 2  # homeworks that are built side by side
SEED = 2027  # of the simulation
GLANCE_SECONDS = 0.3  # between two looks for a newly trained baseline
UNFINISHED = (RunState.REQUESTED, RunState.RUNNING)


@dataclass
class Filling:
    """A competition that is being filled: the files still to come, and how many baselines are used so far."""

    competition: Competition
    tiers: list[str]  # the names of those that will be trained
    planned: list[PlannedFile]
    used: int = 0
    is_done: bool = False


def fill(settings: Settings, *, students: int, with_torch: bool, with_all: bool) -> None:
    """Bring the course to its full size, telling on standard output how it goes.

    with_all: bring the homeworks beside the two main ones, too, once these are complete.
    """
    db = Database(settings.url)
    context = GradingContext(db=db, store=FileStore(settings.files_dir), settings=settings)
    course = db.read(lambda session: courses.course_named(session, demo_course.SLUG))
    for _ in bring(context, course, MAIN):
        db.write(lambda session: demo_announcements.post(session, settings, now=utc_now()))
    request_runs(db, ORDER, with_torch=with_torch)
    add_people(db, course, people(students))
    form_teams(db)
    submit_of(context, MAIN)
    compare_finished(context)
    check_items(db)
    if with_all:
        bring_others(context, course, with_torch=with_torch)
    notes = Notes.read(settings.data_dir)
    notes.is_filled = True
    notes.write(settings.data_dir)
    context.close()
    db.close()


def bring_others(context: GradingContext, course: Course, *, with_torch: bool) -> None:
    """Bring the other homeworks, few at a time; the first of them has just begun."""
    names = others(context.settings)
    for start in range(0, len(names), TOGETHER):
        for name in bring(context, course, names[start : start + TOGETHER]):
            typer.echo(f"  {slug_of(name)}: on the calendar")
        if start == 0:
            request_runs(context.db, LATER, with_torch=with_torch)
    submit_of(context, [BEGUN])


def submit_of(context: GradingContext, names: Sequence[str]) -> None:
    """Let the students of these homeworks submit as their baselines are trained, until none is to come."""
    fillings = [filling_of(context.db, name) for name in names]
    while not all(filling.is_done for filling in fillings):
        for filling in fillings:
            advance(context, filling)
        time.sleep(GLANCE_SECONDS)


def request_runs(db: Database, order: Sequence[tuple[str, str]], *, with_torch: bool) -> None:
    """Ask for a run of every tier that can be trained here, unless that was done; name those that cannot."""

    def ask(session: Session) -> list[str]:
        by_name = {name: known(session, name) for name, _ in order}
        ids = [each.id for each in by_name.values() if each is not None]
        if session.scalar(select(BaselineRun.id).where(BaselineRun.competition_id.in_(ids)).limit(1)):
            return []
        skipped, now = [], utc_now()
        by = Actor(worker_accounts.worker_account(session, now=now).id)
        for place, (homework, name) in enumerate(order):
            competition = by_name[homework]
            assert competition is not None, "it was imported just now"
            tiers = {tier.name.value: tier for tier in competitions.tiers_of(session, competition.id)}
            if tiers[name].needs_torch and not with_torch:
                skipped.append(f"{competition.slug} {name}")
                continue
            requested_at = now + timedelta(microseconds=place)  # the worker takes the earliest first
            baselines.request_runs(
                session, competition=competition, tiers=[name], seed=0, by=by, now=requested_at
            )
        return skipped

    if skipped := db.write(ask):
        typer.echo(f"  Without PyTorch these tiers are skipped: {', '.join(skipped)}.")


def form_teams(db: Database) -> None:
    """Let a few students of the running homework be teams of several."""

    def form(session: Session) -> None:
        competition = known(session, RUNNING)
        assert competition is not None, "it was imported before"
        demo_teams.form(session, competition)

    db.write(form, private=True)


def compare_finished(context: GradingContext) -> None:
    """Look for look-alikes among the files of the finished homework, as its staff did."""
    competition = context.db.read(lambda session: known(session, FINISHED))
    assert competition is not None, "it was imported before"
    look_alikes.run(context.db, context.store, competition=competition, now=utc_now())


def check_items(db: Database) -> None:
    """Let the staff of the finished homework check its items by hand."""
    competition = db.read(lambda session: known(session, FINISHED))
    assert competition is not None, "it was imported before"
    demo_points.give_points(db, competition)


def filling_of(db: Database, name: str) -> Filling:
    """A competition with all the files that its students plan up to now."""

    def look(session: Session) -> tuple[Competition, list[str], list[simulate.Student]]:
        competition = known(session, name)
        assert competition is not None, "it was imported before"
        tiers = session.scalars(
            select(Tier.name)
            .join(BaselineRun, BaselineRun.tier_id == Tier.id)
            .where(Tier.competition_id == competition.id)
            .order_by(Tier.place)
            .distinct()
        )
        students = simulate.students_of(session, competition.course_id)
        return competition, [tier.value for tier in tiers], students

    competition, tiers, students = db.read(look)
    planned = simulate.plan(competition, students, levels=len(tiers), seed=SEED)
    if name == FINISHED:
        planned = with_copies(planned, spared=(demo_course.BUSY, demo_course.FRESH))
    return Filling(competition, tiers, list(left_to_simulate(competition, planned, now=utc_now())))


def left_to_simulate(
    competition: Competition, planned: list[PlannedFile], *, now: datetime
) -> Iterator[PlannedFile]:
    """The files up to now, but those that whoever signs in as a student of a running homework may send."""
    today = course_day(now, competition.reset_zone)
    is_running = now < competition.deadline_at
    for file in planned:
        name = file.user.username
        is_busy_today = name == demo_course.BUSY and course_day(file.at, competition.reset_zone) >= today
        if file.at < now and not (is_running and (name == demo_course.FRESH or is_busy_today)):
            yield file


def advance(context: GradingContext, filling: Filling) -> None:
    """If another baseline is trained, or none will be any more, let those submit who waited for it."""
    competition = filling.competition
    files, is_waiting = context.db.read(
        lambda session: (
            simulate.trained_files(session, competition.id),
            has_unfinished(session, competition),
        )
    )
    if filling.is_done or (len(files) <= filling.used and is_waiting):
        return
    filling.used, filling.is_done = len(files), not is_waiting
    if not files:
        return
    mixer = Mixer([context.store.read(sha256) for sha256 in files], grading_key.spec_of(competition))
    wave = [file for file in filling.planned if not is_waiting or file.needs < len(files)]
    filling.planned = [file for file in filling.planned if is_waiting and file.needs >= len(files)]
    tally = simulate.submit_all(context, competition, wave, mixer, lambda done, total: None)
    context.db.write(
        lambda session: store_boards_of_deadline(session, competition, now=utc_now()), private=True
    )
    say(filling, tally)


def store_boards_of_deadline(session: Session, competition: Competition, *, now: datetime) -> None:
    """Store both boards as they stood at a deadline that has passed.

    The server's sweep did it as soon as the finished homework was imported, before anybody had submitted.
    """
    closed_at = competition.deadline_at + timedelta(seconds=competition.grace_seconds)
    if closed_at <= now:
        for table in (BoardSnapshot, PrivateSnapshot):
            session.execute(delete(table).where(table.competition_id == competition.id))
        snapshots.take(session, competition_id=competition.id, now=closed_at)


def has_unfinished(session: Session, competition: Competition) -> bool:
    """Whether another baseline of the competition may still come."""
    query = select(BaselineRun.id).where(
        BaselineRun.competition_id == competition.id, BaselineRun.state.in_(UNFINISHED)
    )
    return session.scalar(query.limit(1)) is not None


def say(filling: Filling, tally: UploadTally) -> None:
    """Tell the person at the terminal how far the course is."""
    trained = f"{filling.used} of {len(filling.tiers)} baselines trained"
    typer.echo(f"  {filling.competition.slug}: {trained}; students sent {tally}")


def main(arguments: list[str]) -> None:
    """Fill the course of the settings' data folder: STUDENTS, 'torch' or 'no-torch', 'all' or 'two'."""
    logs.configure("warning")
    students, tiers, homeworks = arguments
    fill(get_settings(), students=int(students), with_torch=tiers == "torch", with_all=homeworks == "all")
    typer.echo("  The course is complete.")


if __name__ == "__main__":
    main(sys.argv[1:])
