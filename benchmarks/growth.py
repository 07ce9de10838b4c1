"""What a board costs as it grows: pages, one's own rank and uploads, over a read by primary key.

    .venv/bin/python -m benchmarks.growth [--teams 1300 20000 200000 1000000] [--database sqlite postgresql]

Each team has ten submissions, written by bulk SQL. One server process, one client; after each upload a page
and one's own rank are asked for, so that no answer is of a revision that was served before. Medians of the
client's own clock, as ratios to GET /api/submissions/{id}, which takes the same way through the same server.
Target T6: each at most 15 times such a read, and memory that does not grow.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import text
from sqlalchemy.orm import Session

from server.database.database import Database
from server.domain.boards import standings
from tests.journeys.town import town
from tests.support import databases, tiny_homework

ROUNDS, FILES = 40, 10
API = "/api/competitions/tiny"
BOARD = f"{API}/leaderboard/public"
SCORE = "0.2 + 0.7 * ((teams.id * 7919) % 1000003) / 1000003.0 - 0.01 * k"
NUMBERS = "WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {most})"
# ruff: noqa: S608  # our own words alone
FILES_OF = f"({NUMBERS.format(most=FILES)} SELECT i - 1 AS k FROM numbers) AS files"
FILL = f"""
INSERT INTO teams (competition_id, kind, name, created_at)
{NUMBERS.format(most=":teams")} SELECT :of, 'student', 'Drawn ' || i, 0 FROM numbers;
INSERT INTO submissions (competition_id, team_id, submitted_by, received_at, course_day, slot, state,
    file_name, sha256, size, note, is_late, is_practice, is_final, problems, finished_at)
SELECT :of, teams.id, :by, teams.id * 1000 + k, '2030-01-01', k + 1, 'scored', 'drawn.csv',
    'drawn ' || (teams.id * {FILES} + k), 1, '', false, false, false, '[]', teams.id * 1000 + k
FROM teams, {FILES_OF} WHERE teams.name LIKE 'Drawn %';
INSERT INTO public_scores (submission_id, answer_key_id, score, sort_key, standard_error)
SELECT submissions.id, :key, score, score, 0.003 FROM (
    SELECT submissions.id, {SCORE.replace("* k", "* (slot - 1)")} AS score FROM submissions
    JOIN teams ON teams.id = submissions.team_id WHERE teams.name LIKE 'Drawn %') AS submissions;
INSERT INTO private_scores SELECT * FROM public_scores WHERE standard_error = 0.003;
INSERT INTO standings (team_id, competition_id, submission_id, score, sort_key, received_at)
SELECT submissions.team_id, :of, submissions.id, score, sort_key, received_at FROM submissions
JOIN public_scores ON submission_id = submissions.id WHERE slot = 1 AND file_name = 'drawn.csv';
INSERT INTO private_standings SELECT * FROM standings;
"""


def fill(session: Session, teams: int) -> None:
    """Put so many teams on both boards."""
    ids = "SELECT id, answer_key_id, (SELECT max(id) FROM users) FROM competitions"
    of, key, by = session.execute(text(ids)).one()
    for statement in FILL.split(";\n")[:-1]:
        session.execute(text(statement), {"teams": teams, "of": of, "key": key, "by": by})
    standings.new_revision(session, of)


def measure(kind: str, teams: int) -> None:
    """Print one line: the read by primary key in ms, the ratios of all else, and the server's memory."""
    with tempfile.TemporaryDirectory() as name:
        url = databases.fresh(kind, Path(name))
        with town(url, Path(name), SPLITBOARD_BOARD_LAG_MS="100", SPLITBOARD_LOG_LEVEL="error") as site:
            site.lift_limits()
            database = Database(url)
            database.write(lambda session: fill(session, teams), private=True)
            if kind == "postgresql":
                with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.exec_driver_sql("VACUUM ANALYZE")
            database.close()
            address = site.start_server()
            with site.client(address, "student0") as client:
                report(kind, teams, times_of(client, teams), memory_of(site.servers[-1].pid))


def times_of(client: httpx2.Client, teams: int) -> dict[str, float]:
    """The median time in ms of each kind of request, and of the first page of all."""
    paths = {"first page": f"{BOARD}?limit=50", "middle page": f"{BOARD}?limit=50&after=0.{teams // 2}"}
    paths |= {"own rank": f"{BOARD}/me"}
    times: dict[str, list[float]] = {}

    def timed(name: str, ask: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        answer = ask()
        answer.raise_for_status()
        times.setdefault(name, []).append((time.perf_counter() - began) * 1000)
        return answer

    for number in range(ROUNDS):
        for order in range(len(paths)):  # so that each of them is the first after an upload once
            data = tiny_homework.predictions(400, accuracy=0.5, seed=3 * number + order)
            upload = timed("upload", lambda data=data: client.put(f"{API}/submissions", content=data)).json()
            names = [*paths][order:] + [*paths][:order]
            for place, each in enumerate(names):
                name = each if place == 0 else f"{each} again"
                timed(name, lambda each=each: client.get(paths[each]))
            timed("by key", lambda upload=upload: client.get(f"/api/submissions/{upload['id']}"))
    medians = {name: statistics.median(values[1:]) for name, values in times.items()}
    return medians | {"very first page": times["first page"][0]}


def memory_of(pid: int) -> float:
    """The resident memory of a process in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000


def report(kind: str, teams: int, times: dict[str, float], memory: float) -> None:
    """Print the line."""
    by_key = times.pop("by key")
    ratios = "; ".join(f"{name} {took / by_key:.1f}x" for name, took in times.items())
    print(f"{kind}, {teams:,} teams: by key {by_key:.1f} ms; {ratios}; {memory:.0f} MB", flush=True)


def main() -> None:
    """Measure each size on each database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teams", type=int, nargs="+", default=[1_300, 20_000, 200_000, 1_000_000])
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgresql"])
    arguments = parser.parse_args()
    for kind in arguments.database:
        for teams in arguments.teams:
            measure(kind, teams)


if __name__ == "__main__":
    main()
