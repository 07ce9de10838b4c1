"""Group commit against a connection each: 50 students submit at once to SQLite with an fsync for each commit.

    .venv/bin/python -m benchmarks.commits

Both ways run the same domain function, `submit`, with the daily limit of five, interleaved in one process.
Target T5: at least 10 times the rate, p99 at most 1/50, and never a sixth submission.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.database.database import Database, run_guarded
from server.database.engines import sqlite_engine
from server.domain.audit.actor import COMMAND_LINE, Actor
from server.domain.competitions.terms import general_terms
from server.domain.errors import LimitReached
from server.domain.files.file_store import FileStore
from server.domain.people import courses
from server.domain.people.accounts import accounts
from server.domain.setup import importing as homeworks
from server.domain.submissions import submit as submissions
from server.models import Competition, Role, Submission, User
from server.services.schema import upgrade
from tests.support import tiny_homework

CLIENTS, TRIES, ROUNDS, LIMIT = 50, 6, 3, 5
Write = Callable[[Callable[[Session], Any]], Any]


def main() -> None:
    """Print the two ways' rates and tails, and how many submissions each let through."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            for way in (one_connection_each, group_commit):
                rows.append((way.__name__, *way(Path(folder) / f"{way.__name__}{number}")))
    print(f"{CLIENTS} clients, {TRIES} tries each, limit {LIMIT}; SQLite, synchronous=FULL; {ROUNDS} rounds")
    print(f"{'':22}{'accepted/s':>12}{'p50 ms':>10}{'p99 ms':>10}{'over limit':>12}{'errors':>8}")
    summary = {}
    for way in ("one_connection_each", "group_commit"):
        own = [row[1:] for row in rows if row[0] == way]
        rate, p50, p99 = (statistics.median(each[k] for each in own) for k in range(3))
        over, errors = (sum(each[k] for each in own) for k in (3, 4))
        summary[way] = (rate, p99)
        print(f"{way:22}{rate:12.0f}{p50:10.1f}{p99:10.1f}{over:12d}{errors:8d}")
    (slow, slow_p99), (fast, fast_p99) = summary["one_connection_each"], summary["group_commit"]
    print(f"group commit: {fast / slow:.1f} times the rate, p99 1/{slow_p99 / fast_p99:.0f}")


def group_commit(folder: Path) -> tuple[float, float, float, int, int]:
    """Every write through the one writer thread."""
    database = settled(folder)
    try:
        return measured(database, database.write)
    finally:
        database.close()


def one_connection_each(folder: Path) -> tuple[float, float, float, int, int]:
    """Every write on a connection of its own, BEGIN IMMEDIATE, as a plain application would."""
    database = settled(folder)
    engine = sqlite_engine(database.url, begin="BEGIN IMMEDIATE")

    def write(work: Callable[[Session], Any]) -> Any:
        with engine.begin() as connection:
            return run_guarded(work, connection, False)

    try:
        return measured(database, write)
    finally:
        engine.dispose()
        database.close()


def settled(folder: Path) -> Database:
    """A fresh database with one competition, as many students as clients, and one to warm up."""
    folder.mkdir()
    url = f"sqlite:///{folder / 'splitboard.db'}"
    upgrade(url)
    now = datetime.now(UTC)
    tiny_homework.write(folder, now=now)
    homework = homeworks.read_homework(
        FileStore(folder / "files"), folder=folder / "tiny", built=folder / "built"
    )
    database = Database(url)

    def settle(session: Session) -> None:
        course = courses.create_course(
            session,
            courses.NewCourse("ml", courses.CourseSettings("ML", "Asia/Taipei")),
            by=COMMAND_LINE,
            now=now,
        )
        for number in range(CLIENTS + 1):
            name = f"student{number}"
            user = accounts.create_user(session, accounts.NewUser(name, name), by=COMMAND_LINE, now=now)
            courses.add_member(
                session,
                course=course,
                user=user,
                enrolment=courses.Enrolment(Role.STUDENT),
                by=COMMAND_LINE,
                now=now,
            )
        homeworks.import_homework(
            session, course=course, homework=homework, slug="tiny", by=COMMAND_LINE, now=now
        )

    database.write(settle, private=True)
    return database


def measured(database: Database, write: Write) -> tuple[float, float, float, int, int]:
    """Accepted submissions a second, p50 and p99 of a try in ms, submissions over the limit, errors."""
    competition = database.read(lambda session: session.scalars(select(Competition)).one())
    users = database.read(lambda session: list(session.scalars(select(User))))
    warm_up(write, competition, users.pop())

    def student(user: User) -> tuple[list[float], int]:
        times, errors = [], 0
        for number in range(TRIES):
            upload = submissions.Upload("a.csv", f"{user.id:032d}{number:032d}", 1)
            began = time.perf_counter()
            try:
                write(lambda session, upload=upload: enter(session, competition, upload, user))
            except LimitReached:
                pass
            except Exception:  # counted: what a client would see as an error
                errors += 1
            times.append((time.perf_counter() - began) * 1000)
        return times, errors

    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as threads:
        results = list(threads.map(student, users))
    seconds = time.perf_counter() - began
    times = sorted(each for latencies, _ in results for each in latencies)
    per_team = database.read(
        lambda session: list(
            session.scalars(select(func.count()).select_from(Submission).group_by(Submission.team_id))
        )
    )
    over = sum(max(0, count - LIMIT) for count in per_team)
    accepted = sum(per_team) - LIMIT  # but those of the warming up
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    return accepted / seconds, p50, p99, over, sum(errors for _, errors in results)


def warm_up(write: Write, competition: Competition, user: User) -> None:
    """One student more, who tries first and alone: whose statements are compiled, and who is refused."""
    uploads = [submissions.Upload("warm.csv", f"{number:064d}", 1) for number in range(LIMIT + 1)]
    try:
        for upload in uploads:
            write(lambda session, upload=upload: enter(session, competition, upload, user))
    except LimitReached:
        return
    raise AssertionError("the daily limit was not kept")


def enter(session: Session, competition: Competition, upload: submissions.Upload, user: User) -> None:
    """The domain's one door."""
    submissions.submit(
        session,
        submissions.Arrival(
            competition,
            general_terms(competition),
            upload,
            Actor(user.id),
            datetime.now(UTC),
            invalid_per_hour=60,
            role=Role.STUDENT,
        ),
    )


if __name__ == "__main__":
    main()
