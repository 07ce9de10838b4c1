"""Launches drafts in the background: `grader.processes.guarded` runs it with DRAFT_ID.

It makes the competition of that draft, and then of whatever else is due, one after the other: building data
takes all of a core. A refusal makes the draft one again, with the reason; a worker that is killed leaves it
to the next one, once its lease has run out.
"""

import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from grader.messages import Message
from server import logs
from server.clock import utc_now
from server.database.database import Database
from server.domain.audit.actor import Actor
from server.domain.baselines import runs as baselines
from server.domain.errors import DomainError
from server.domain.files.file_store import FileStore
from server.domain.grading import answer_keys
from server.domain.people.accounts.worker_account import worker_account
from server.domain.setup import importing
from server.domain.setup.drafts import draft as drafts
from server.domain.setup.drafts import launch, tier_files
from server.domain.setup.drafts.checks import homework_of
from server.domain.setup.drafts.launch import LaunchLost
from server.domain.setup.drafts.parts import Parts
from server.domain.setup.drafts.tier_files import TierFile
from server.domain.setup.importing import BuiltHomework
from server.logs import logger_of
from server.models import Course, Draft, DraftSource, TierName
from server.services.heart import beating
from server.services.setup.build_homework import build_secretly
from server.services.worker_bell import Bell
from server.settings import Settings, get_settings

log = logger_of(__name__)
MODULE = "server.services.setup.launching"


@dataclass(frozen=True)
class _Launch:
    """A draft that is ours to launch, with its parts and its course."""

    draft: Draft
    parts: Parts
    course: Course


def work_on(db: Database, settings: Settings, *, draft_id: int) -> bool:
    """Launch the draft, unless another process does; whether it was ours to launch."""
    lease = timedelta(seconds=settings.lease_seconds)
    ours = db.write(lambda session: _claim(session, draft_id, lease))
    if ours is None:
        return False
    try:
        with beating(lambda: _renew(db, ours.draft, lease), lease=lease, lost=LaunchLost):
            run_ids = _launched(db, settings, ours)
    except LaunchLost:
        log.info("the launch is another process' now, or nobody's")
    except DomainError as error:
        log.info("the launch was refused", reason=str(error.message))
        reason = error.message
        with suppress(LaunchLost):
            db.write(lambda session: launch.fail(session, ours.draft, error=reason))
    except Exception:  # a fault of ours, which trying again would not mend
        log.exception("the launch failed")
        reason = Message("Something broke here. It is our fault, not yours.")
        with suppress(LaunchLost):
            db.write(lambda session: launch.fail(session, ours.draft, error=reason))
    else:
        bell = Bell(settings)
        for run_id in run_ids:
            bell.ring(run_id)
    return True


def _claim(session: Session, draft_id: int, lease: timedelta) -> _Launch | None:
    draft = launch.claim(session, draft_id=draft_id, lease=lease, now=utc_now())
    if draft is None:
        return None
    parts = drafts.with_parts(session, draft).parts
    return _Launch(draft, parts, session.get_one(Course, draft.course_id))


def _launched(db: Database, settings: Settings, ours: _Launch) -> list[int]:
    """Make the competition; the ids of the baseline runs that were asked for."""
    homework = _homework(settings, ours)
    files = _tier_files(settings, ours, homework)

    def work(session: Session) -> list[int]:
        now, by = utc_now(), Actor(ours.draft.launched_by)
        competition = importing.import_homework(
            session, course=ours.course, homework=homework, slug=ours.draft.slug, by=by, now=now
        )
        for each in files:
            tier_files.enter(session, each, competition=competition, by=by, now=now)
        launch.finish(session, ours.draft, competition=competition)
        if not ours.draft.trains:
            return []
        runs = baselines.request_runs(
            session,
            competition=competition,
            tiers=[name.value for name in TierName],
            seed=0,
            by=Actor(worker_account(session, now=now).id),
            now=now,
        )
        return [run.id for run in runs]

    return db.write(work, private=True)


def _homework(settings: Settings, ours: _Launch) -> BuiltHomework:
    """The draft's homework, checked whole; one of the box is built first. Slow."""
    store = FileStore(settings.files_dir)
    draft, parts = ours.draft, ours.parts
    if draft.source is not DraftSource.BOX:
        return homework_of(store, parts, name=draft.homework)
    folder = settings.homeworks_dir.resolve() / draft.homework
    built = build_secretly(settings, folder, course=ours.course.slug, slug=draft.slug)
    return importing.read_homework(store, folder=folder, built=built, changes=parts.table)


def _tier_files(settings: Settings, ours: _Launch, homework: BuiltHomework) -> list[TierFile]:
    """The predictions that set thresholds, graded by the homework's key; Invalid for a misfit."""
    if not ours.parts.tier_files:
        return []
    store = FileStore(settings.files_dir)
    key = answer_keys.checked_key(store.read(homework.key.sha256), homework.rules.spec)
    return [
        TierFile(TierName(name), file, answer_keys.checked_sample(store.read(file.sha256), key))
        for name, file in ours.parts.tier_files.items()
    ]


def _renew(db: Database, draft: Draft, lease: timedelta) -> None:
    db.write(lambda session: launch.renew(session, draft, lease=lease, now=utc_now()))


def main(arguments: list[str]) -> None:
    """Launch the draft with this id, and then whatever else is due."""
    settings = get_settings()
    logs.configure(settings.log_level)
    logs.begin(draft=int(arguments[0]))
    db = Database(settings.url)
    try:
        work_on(db, settings, draft_id=int(arguments[0]))
        while due := db.read(lambda session: launch.due_ids(session, now=utc_now())):
            logs.begin(draft=due[0])
            if not work_on(db, settings, draft_id=due[0]):
                return  # another process is at it
    finally:
        db.close()


if __name__ == "__main__":
    main(sys.argv[1:])
