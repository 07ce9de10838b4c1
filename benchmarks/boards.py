"""A board of 1,300 teams over HTTP, against the smallest route FastAPI can serve.

    .venv/bin/python benchmarks/boards.py

One real server process; one client process on the other core; the cases are interleaved, 16 connections each.
Target T4: >= 2x (gzip) and >= 3x (304) the rate of FastAPI's hello from the door, .8x and 1.1x by the route.
"""

import asyncio
import http.client
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain import standings
from server.models import Competition, Standing, Submission, Team, TeamKind
from tests import databases
from tests.installation import installed
from tests.journeys.town import free_port, wait_for
from tests.tiny_homework import NOW

TEAMS, CONNECTIONS, SECONDS, ROUNDS = 1300, 16, 2.0, 3


def hello_app() -> FastAPI:
    """The floor: a FastAPI application that says hello."""
    app = FastAPI()

    @app.get("/")
    async def hello() -> dict[str, str]:
        return {"hello": "world"}

    return app


async def drive(port: int, request: bytes, seconds: float) -> list[float]:
    """Latencies in ms of as many requests as CONNECTIONS kept-alive connections get through in that time."""
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < end:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            _, found, rest = head.lower().partition(b"\r\ncontent-length:")
            if found:
                await reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
            times.append((time.perf_counter() - began) * 1000)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return times


def measured(port: int, request: bytes, results: "multiprocessing.Queue[list[float]]") -> None:
    """One measurement in a process of its own, so that it does not share the server's interpreter."""
    results.put(asyncio.run(drive(port, request, SECONDS)))


def in_child(port: int, request: bytes) -> list[float]:
    """The latencies that a client process of its own measured."""
    results: multiprocessing.Queue[list[float]] = multiprocessing.Queue()
    child = multiprocessing.Process(target=measured, args=(port, request, results))
    child.start()
    times = results.get()
    child.join()
    return times


def get(path: str, *headers: str) -> bytes:
    """A GET request's bytes."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


def start(factory: str, environment: dict[str, str]) -> tuple["subprocess.Popen[bytes]", int]:
    """A server process for an application factory, and its port."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        factory,
        "--factory",
        "--port",
        str(port),
        "--log-level",
        "error",
    ]
    process = subprocess.Popen([*command, "--no-access-log"], env={**os.environ, **environment})
    wait_for(f"http://127.0.0.1:{port}/", process)
    return process, port


def main() -> None:
    """Fill a board, serve it, and print each case's rate as a ratio to hello's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = databases.fresh("sqlite", folder)
        with installed(url, folder) as made:
            made.submit_accuracy("student0", 0.6, seed=1)
            competition = made.competition()
            made.db.write(lambda session: fill(session, competition))
            token = made.tokens["student0"]
        environment = {"SPLITBOARD_DATABASE_URL": url, "SPLITBOARD_DATA_DIR": str(folder / "data")}
        ours, our_port = start("server.app:create_app", environment)
        hello, hello_port = start("benchmarks.boards:hello_app", {})
        try:
            report(our_port, hello_port, token)
        finally:
            for process in (ours, hello):
                process.terminate()
                process.wait()


def report(our_port: int, hello_port: int, token: str) -> None:
    """Measure the cases in turns and print their medians."""
    path = "/api/competitions/tiny/leaderboard/public"
    signed = f"Authorization: Bearer {token}"
    connection = http.client.HTTPConnection("127.0.0.1", our_port)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    etag = connection.getresponse().headers["ETag"]
    match = f"If-None-Match: {etag}"
    cases = {
        "FastAPI hello": (hello_port, get("/")),
        "board, plain": (our_port, get(path, signed)),
        "board, gzip": (our_port, get(path, signed, "Accept-Encoding: gzip")),
        "board, zstd": (our_port, get(path, signed, "Accept-Encoding: zstd")),
        "board, 304": (our_port, get(path, signed, match)),
        "route, gzip": (our_port, get(path + "?route=1", signed, "Accept-Encoding: gzip")),
        "route, 304": (our_port, get(path + "?route=1", signed, match)),
        "route, page of 50": (our_port, get(path + "?limit=50", signed)),
    }
    times: dict[str, list[list[float]]] = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, (port, request) in cases.items():
            times[name].append(sorted(in_child(port, request)))
    floor = statistics.median(len(each) for each in times["FastAPI hello"])
    print(f"board of {TEAMS} teams, {CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS} s, interleaved")
    print(f"{'':20}{'req/s':>9}{'x hello':>9}{'p50 ms':>9}{'p99 ms':>9}")
    for name, rounds in times.items():
        rate = statistics.median(len(each) for each in rounds)
        p50, p99 = (statistics.median(each[int(len(each) * q)] for each in rounds) for q in (0.5, 0.99))
        print(f"{name:20}{rate / SECONDS:9.0f}{rate / floor:9.2f}{p50:9.2f}{p99:9.2f}")


def fill(session: Session, competition: Competition) -> None:
    """Put TEAMS teams on the board."""
    template = session.scalars(select(Submission)).one()
    for number in range(TEAMS):
        team = Team(
            competition_id=competition.id, kind=TeamKind.STUDENT, name=f"Student {number:04d}", created_at=NOW
        )
        session.add(team)
        session.flush()
        score = 0.4 + 0.5 * number / TEAMS
        place = {"team_id": team.id, "competition_id": competition.id, "submission_id": template.id}
        session.add(Standing(**place, score=score, sort_key=score, received_at=NOW))
    standings.new_revision(session, competition.id)


if __name__ == "__main__":
    main()
