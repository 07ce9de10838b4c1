"""The four loads, as their people play them: who asks for what, and when."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from benchmarks.campus import Campus, Served
from benchmarks.load.people import UPLOADS, Files, Person, Tally

TINY = "/competitions/tiny"
BOARD = f"/api{TINY}/leaderboard/public"
RELOADED_EVERY = 15.0  # seconds
RELOADED = ["/leaderboard"] * 5 + ["/submissions"] * 2 + [""] * 2 + ["/submit"]  # of ten reloads
LOOKED_EVERY = (15.0, 30.0)  # as the board's own script does
UPLOADS_A_SECOND = 5.0
UPLOADERS = 100
READS_A_HALF = 13  # of a ladder's half, besides its upload, receipt and board


@dataclass
class Stage:
    """Where a load is played: the installation, its server, what came of it. ids: of accepted files."""

    campus: Campus
    server: Served
    seconds: float
    tally: Tally = field(default_factory=Tally)
    ids: set[int] = field(default_factory=set)
    source: random.Random = field(default_factory=lambda: random.Random(1))

    def __post_init__(self) -> None:
        """Have the files that are uploaded."""
        self.files = Files(self.campus.rows)

    def person(self, name: str) -> Person:
        """A student with a connection."""
        return Person(self.campus, name, self.server.port, self.tally)

    async def upload(self, person: Person, number: int, *, since: float | None = None) -> int:
        """Let a person upload the file of this number, and remember that it was accepted; its id."""
        data = self.files.number(number)
        submission_id = await person.upload(data, key=f"file-{number}", since=since)
        self.ids.add(submission_id)
        return submission_id


Play = Callable[[Stage], Awaitable[None]]


async def ladder(stage: Stage) -> None:
    """Every student asks 36 times without a pause: the course, two uploads, what came of them."""
    await _all(_climb(stage, name, place) for place, name in enumerate(stage.campus.students))


async def _climb(stage: Stage, name: str, place: int) -> None:
    person = stage.person(name)
    for path in ("/api/me", "/api/competitions", f"/api{TINY}", f"/api{TINY}/files"):
        await person.read(path, path.rsplit("/", 1)[1])
    for number in (2 * place, 2 * place + 1):
        submission_id = await stage.upload(person, number)
        await person.read(f"/api/submissions/{submission_id}/receipt", "receipt")
        for turn in range(READS_A_HALF + 1):
            path, kind = ((BOARD, "board"), (UPLOADS, "own list"), (f"/api{TINY}", "tiny"))[turn % 3]
            await person.read(path, kind)
    person.hang_up()


async def reload(stage: Stage) -> None:
    """Everybody reloads a page each fifteen seconds, while five files a second are uploaded."""
    names = stage.campus.students
    await asyncio.gather(_uploads(stage, stage.seconds), _all(_reload(stage, each) for each in names))


async def _reload(stage: Stage, name: str) -> None:
    person, began = stage.person(name), time.perf_counter()
    due = began + stage.source.random() * RELOADED_EVERY
    while due < began + stage.seconds:
        await _until(due)
        await person.read(TINY + stage.source.choice(RELOADED), "page", by_page=True, since=due)
        due += RELOADED_EVERY
    person.hang_up()


async def morning(stage: Stage) -> None:
    """Everybody signs in with their password within the time; uploads are measured before and meanwhile."""
    await _uploads(stage, stage.seconds / 3)
    stage.tally.times["upload, idle"] = stage.tally.times.pop("upload", [])
    await asyncio.gather(
        _uploads(stage, stage.seconds, first=UPLOADERS * 100),
        _all(_sign_in(stage, each) for each in stage.campus.students),
    )


async def _sign_in(stage: Stage, name: str) -> None:
    due = time.perf_counter() + stage.source.random() * stage.seconds
    await _until(due)
    person = stage.person(name)
    await person.sign_in(since=due)
    person.hang_up()


async def deadline(stage: Stage) -> None:
    """Everybody uploads a file within the time and watches the board; in the middle a server is killed."""
    names = stage.campus.students
    await asyncio.gather(
        _all(_last_file(stage, name, place) for place, name in enumerate(names)),
        _all(_watch(stage, name) for name in names),
        _kill(stage),
    )


async def _last_file(stage: Stage, name: str, place: int) -> None:
    due = time.perf_counter() + stage.source.random() * stage.seconds
    await _until(due)
    person = stage.person(name)
    await stage.upload(person, place, since=due)
    person.hang_up()


async def _watch(stage: Stage, name: str) -> None:
    """What the board's script does in a browser: ask whether it has changed, and then for the page."""
    person, began = stage.person(name), time.perf_counter()
    due = began + stage.source.random() * LOOKED_EVERY[1]
    while due < began + stage.seconds:
        await _until(due)
        look = await person.read(BOARD, "look at the board", since=due)
        if look.status == 200:
            await person.read(f"{TINY}/leaderboard", "board page", by_page=True)
        due += stage.source.uniform(*LOOKED_EVERY)
    person.hang_up()


async def _kill(stage: Stage) -> None:
    if len(stage.server.processes()) > 1:
        await asyncio.sleep(stage.seconds / 2)
        stage.server.kill_one()


async def _uploads(stage: Stage, seconds: float, *, first: int = 0) -> None:
    """Files of a hundred students, so many a second; first: the number of the first file."""
    began, count = time.perf_counter(), round(seconds * UPLOADS_A_SECOND)
    names = stage.campus.students[:UPLOADERS]

    async def one(number: int) -> None:
        due = began + number / UPLOADS_A_SECOND
        await _until(due)
        person = stage.person(names[number % len(names)])
        await stage.upload(person, first + number, since=due)
        person.hang_up()

    await _all(one(number) for number in range(count))


async def _until(due: float) -> None:
    await asyncio.sleep(max(0.0, due - time.perf_counter()))


async def _all(works: Iterable[Awaitable[None]]) -> None:
    """Wait for all of them; one that could not go on is in the tally already."""

    async def one(work: Awaitable[None]) -> None:
        with suppress(RuntimeError):
            await work

    await asyncio.gather(*(one(work) for work in works))
