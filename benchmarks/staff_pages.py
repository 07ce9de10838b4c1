"""What the pages cost a server that are made from a whole course, beside FastAPI's hello.

    .venv/bin/python -m benchmarks.staff_pages [--students 1280] [--files 24] [--rounds 5] [--only grades]

A course of fifteen homeworks, up to so many files a team in each, half of them late, served by `splitboard
serve`. Each page is asked for as its instructor: for the first time, after a change (another revision of the
homework's boards, as a score brings it), and again with nothing changed. Printed are milliseconds of all
threads of the server process by the kernel's clock, medians of the rounds, and these as ratios to hello's.
Goal: 50 ms, after a change too.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import quote

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from benchmarks.boards import hello
from benchmarks.campus import Campus, CampusPlan, built, cpu_of, served
from benchmarks.requests import WARM, Case, measure, request_of, sent
from server.database.database import Database
from server.domain.audit.actor import COMMAND_LINE
from server.domain.boards import standings
from server.domain.files.file_store import FileStore
from server.domain.grading.answer_keys import KeyChange
from server.http.deps import COOKIE
from server.models import Competition, PrivateScore, PublicScore, Rescore, RescoreState, Submission
from server.services.grading.context import GradingContext
from server.services.rescores import acts as rescore_acts
from server.settings import Settings
from tests.support.rescored import other_key

KEY_ROWS = 1000
HELLOS = 200


@dataclass(frozen=True)
class StaffPage:
    """A page, and the competition whose boards get another revision for it to be made anew."""

    path: str
    competition_id: int


def ready_rescore(campus: Campus, database: Database) -> tuple[int, int]:
    """A rescore of `tiny` that waits for its switch, with drawn scores: its competition and itself."""
    settings = Settings(data_dir=campus.data, database_url=campus.url)
    context = GradingContext(db=database, store=FileStore(settings.files_dir), settings=settings)
    tiny = database.read(
        lambda session: session.scalars(select(Competition).where(Competition.slug == "tiny")).one()
    )
    change = KeyChange(key=other_key(KEY_ROWS, wrong=KEY_ROWS // 10))
    rescore = rescore_acts.start(
        context, competition=tiny, change=change, reason="A benchmark.", by=COMMAND_LINE
    )
    database.write(lambda session: _score_anew(session, rescore.id), private=True)
    return tiny.id, rescore.id


def _score_anew(session: Session, rescore_id: int) -> None:
    """Give each submission drawn scores under the rescore's new version."""
    rescore, source = session.get_one(Rescore, rescore_id), Random(2)
    ids = session.scalars(select(Submission.id).where(Submission.competition_id == rescore.competition_id))
    submission_ids = ids.all()
    for table in (PublicScore, PrivateScore):
        session.execute(delete(table).where(table.answer_key_id == rescore.to_key_id))
        rows = []
        for submission_id in submission_ids:
            score = round(source.random(), 2)
            rows.append(
                {"submission_id": submission_id, "answer_key_id": rescore.to_key_id}
                | {"score": score, "sort_key": score}
            )
        session.execute(insert(table), rows)
    session.execute(update(Rescore).where(Rescore.id == rescore_id).values(state=RescoreState.READY))


def pages_of(campus: Campus, database: Database) -> dict[str, StaffPage]:
    """What is measured, by name."""
    tiny_id, rescore_id = ready_rescore(campus, database)
    query = select(Competition).where(Competition.deadline_at < datetime.now(UTC))
    query = query.order_by(Competition.late_penalty, Competition.id)
    late = database.read(lambda session: session.scalars(query).first())
    assert late is not None
    then = quote((late.deadline_at - timedelta(hours=1)).isoformat())
    of_late = f"/competitions/{late.slug}"
    paths = {
        "grades": f"{of_late}/grades",
        "grades as CSV": f"/api{of_late}/grades.csv",
        "time machine, now": f"{of_late}/leaderboard/at",
        "time machine, before the deadline": f"{of_late}/leaderboard/at?time={then}",
        "shake-up": f"{of_late}/shake-up",
        "points of the course": "/courses/drawn/points",
        "glance": "/courses/drawn/glance",
    }
    pages = {name: StaffPage(path, late.id) for name, path in paths.items()}
    return pages | {
        "rescores": StaffPage("/competitions/tiny/rescores", tiny_id),
        "a rescore's preview": StaffPage(f"/competitions/tiny/rescores/{rescore_id}", tiny_id),
    }


def report(
    campus: Campus, database: Database, pages: dict[str, StaffPage], *, rounds: int, words: list[str]
) -> None:
    """Measure the pages, and print what each costs."""
    with served(campus) as server, hello() as floor:
        (pid,) = server.processes()
        floor_case = Case(floor.pid, floor.port, request_of("/"))
        sent(floor_case, floor_case.requests(WARM))
        secret = f"Cookie: {COOKIE}={campus.cookies['iris']}"
        home = Case(pid, server.port, request_of("/account", secret))
        sent(home, home.requests(WARM))
        print(f"{'':36}{'first':>9}{'changed':>9}{'kept':>9}{'changed x hello':>17}")
        for name, page in pages.items():
            if words and not any(word in name for word in words):
                continue
            case = Case(pid, server.port, request_of(page.path, secret))
            first, changed, warm = costs_of(case, changing(database, page), rounds)
            hello_ms = measure(floor_case, HELLOS).cpu
            print(f"{name:36}{first:9.1f}{changed:9.1f}{warm:9.1f}{changed / hello_ms:17.0f}", flush=True)
        print(f"memory of the server: {server.memory() / 2**20:.0f} MiB; hello {hello_ms:.2f} ms")


def changing(database: Database, page: StaffPage) -> Callable[[], None]:
    """What gives the boards behind a page another revision."""
    return lambda: database.write(lambda session: standings.new_revision(session, page.competition_id))


def costs_of(case: Case, change: Callable[[], None], rounds: int) -> tuple[float, float, float]:
    """Milliseconds of the processor: the first time, after a change, and with nothing changed."""

    def cost() -> float:
        before = cpu_of(case.pid)
        sent(case, case.requests(1))
        return 1000 * (cpu_of(case.pid) - before)

    first = cost()
    changed, warm = [], []
    for _ in range(rounds):
        change()
        changed.append(cost())
        warm.append(cost())
    return first, median(changed), median(warm)


def main() -> None:
    """Read the arguments, build and serve the course, and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=1280)
    parser.add_argument("--files", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=[], help="pages whose name holds one of these words")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan = CampusPlan(students=arguments.students, rows=KEY_ROWS, files=arguments.files)
        campus = built(f"sqlite:///{folder / 'splitboard.db'}", folder, plan)
        database = Database(campus.url)
        pages = pages_of(campus, database)
        report(campus, database, pages, rounds=arguments.rounds, words=arguments.only)
        database.close()


if __name__ == "__main__":
    main()
