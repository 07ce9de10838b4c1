"""A board of 1,300 teams over HTTP, against the smallest route FastAPI can serve.

    .venv/bin/python -m benchmarks.boards      (a minute)

One real server process; one client process on the other core; the cases are interleaved, 16 connections each.
The client is Python too and slower than the quick cases, so the ratio is of the server's processor time a
request, which is what bounds the rate of a server on one core; req/s and latencies are what this client saw.
Target T4: >= 2x (gzip) and >= 3x (304) the rate of FastAPI's hello from the door, .8x and 1.1x by the route.
"""

import asyncio
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.database import Database
from server.domain.boards import standings
from server.models import Standing, Submission, Team, TeamKind
from tests.journeys.town import free_port, town, wait_for
from tests.support import databases, tiny_homework

BOARD = "/api/competitions/tiny/leaderboard/public"
TEAMS, CONNECTIONS, SECONDS, ROUNDS = 1300, 16, 2.0, 3


def hello_app() -> FastAPI:
    """The floor: a FastAPI application that says hello."""
    app = FastAPI()

    @app.get("/")
    async def hello() -> dict[str, str]:
        return {"hello": "world"}

    return app


@dataclass(frozen=True)
class Server:
    """A server process and its port."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """The processor time it has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class BoardRequest:
    """A request to one of the servers, and the status that every answer must have."""

    server: Server
    request: bytes
    status: int = 200


@dataclass(frozen=True)
class Measured:
    """Requests a second and latencies in ms as the client saw them; the server's processor time a request."""

    rate: float
    p50: float
    p99: float
    cpu_us: float


async def drive(port: int, request: bytes, status: int, seconds: float) -> list[float]:
    """Latencies in ms of as many requests as CONNECTIONS kept-alive connections get through in that time.

    Raises AssertionError for an answer with another status: a refusal would be quick, and measure nothing.
    """
    times: list[float] = []
    expected = f"HTTP/1.1 {status} ".encode()
    end = time.perf_counter() + seconds

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < end:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(expected), head
            _, field, rest = head.lower().partition(b"\r\ncontent-length:")
            if field:
                await reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
            times.append((time.perf_counter() - began) * 1000)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return times


def latencies(port: int, request: bytes, status: int) -> list[float]:
    """What `drive` measures, in a process of its own, which shares no interpreter with a server."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as child:
        return child.submit(driven, port, request, status).result()


def driven(port: int, request: bytes, status: int) -> list[float]:
    """`drive`, for a process that has no event loop yet."""
    return asyncio.run(drive(port, request, status, SECONDS))


def measure(case: BoardRequest) -> Measured:
    """One measurement of one case."""
    before = case.server.cpu_seconds()
    times = sorted(latencies(case.server.port, case.request, case.status))
    cpu_seconds = case.server.cpu_seconds() - before
    return Measured(
        rate=len(times) / SECONDS,
        p50=times[len(times) // 2],
        p99=times[int(len(times) * 0.99)],
        cpu_us=cpu_seconds / len(times) * 1e6,
    )


def get(path: str, *headers: str) -> bytes:
    """A GET request's bytes."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


@contextmanager
def hello() -> Iterator[Server]:
    """A server process that runs the floor."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "benchmarks.boards:hello_app",
        "--factory",
        "--port",
        str(port),
    ]
    process = subprocess.Popen([*command, "--log-level", "warning", "--no-access-log"])
    try:
        wait_for(f"http://127.0.0.1:{port}/", process)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Fill a board, serve it, and print each case's rate as a ratio to hello's."""
    with tempfile.TemporaryDirectory() as name:
        url = databases.fresh("sqlite", Path(name))
        with town(url, Path(name), SPLITBOARD_SWEEP_SECONDS="3600") as site, hello() as floor:
            address = site.start_server()
            server = Server(int(address.rsplit(":", 1)[1]), site.servers[-1].pid)
            with site.client(address, "student0") as client:
                upload = tiny_homework.predictions(400, accuracy=0.6, seed=1)
                client.post("/api/competitions/tiny/submissions", content=upload).raise_for_status()
                database = Database(url)
                database.write(fill)
                database.close()
                etag = client.get(BOARD).raise_for_status().headers["etag"]
            report(cases_of(server, floor, site.tokens["student0"], etag))


def cases_of(server: Server, floor: Server, token: str, etag: str) -> dict[str, BoardRequest]:
    """What is measured, by name, the floor first."""
    authorization, match = f"Authorization: Bearer {token}", f"If-None-Match: {etag}"
    gzip, zstd = "Accept-Encoding: gzip", "Accept-Encoding: zstd"
    return {
        "FastAPI hello": BoardRequest(floor, get("/")),
        "board, plain": BoardRequest(server, get(BOARD, authorization)),
        "board, gzip": BoardRequest(server, get(BOARD, authorization, gzip)),
        "board, zstd": BoardRequest(server, get(BOARD, authorization, zstd)),
        "board, 304": BoardRequest(server, get(BOARD, authorization, match), 304),
        "route, gzip": BoardRequest(server, get(BOARD + "?route=1", authorization, gzip)),
        "route, 304": BoardRequest(server, get(BOARD + "?route=1", authorization, match), 304),
        "route, page of 50": BoardRequest(server, get(BOARD + "?limit=50", authorization)),
    }


def report(cases: dict[str, BoardRequest]) -> None:
    """Measure the cases in turns, telling each round, and print their medians."""
    measurements: dict[str, list[Measured]] = {name: [] for name in cases}
    print(f"board of {TEAMS} teams, {CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS} s, interleaved")
    for number in range(ROUNDS):
        for name, case in cases.items():
            measurements[name].append(measure(case))
        print(f"round {number + 1} of {ROUNDS} is done", flush=True)
    print(f"{'':20}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'us of CPU':>11}{'x hello':>9}")
    floor = median(each.cpu_us for each in measurements["FastAPI hello"])
    for name, rounds in measurements.items():
        rate, cpu = median(each.rate for each in rounds), median(each.cpu_us for each in rounds)
        p50, p99 = median(each.p50 for each in rounds), median(each.p99 for each in rounds)
        print(f"{name:20}{rate:9.0f}{p50:9.2f}{p99:9.2f}{cpu:11.0f}{floor / cpu:9.2f}")


def fill(session: Session) -> None:
    """Put TEAMS teams on the board."""
    template = session.scalars(select(Submission)).one()
    now = template.received_at
    for number in range(TEAMS):
        team = Team(
            competition_id=template.competition_id,
            kind=TeamKind.STUDENT,
            name=f"Student {number:04d}",
            created_at=now,
        )
        session.add(team)
        session.flush()
        score = 0.4 + 0.5 * number / TEAMS
        place = {"team_id": team.id, "competition_id": team.competition_id, "submission_id": template.id}
        session.add(Standing(**place, score=score, sort_key=score, received_at=now))
    standings.new_revision(session, template.competition_id)


if __name__ == "__main__":
    main()
