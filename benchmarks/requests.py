"""The processor time that a server needs for an ordinary request, beside that of FastAPI's hello.

    .venv/bin/python -m benchmarks.requests [--students 1300] [--requests 100] [--rounds 3] [--only me]

A course of 1,300 students and fifteen homeworks, served by `splitboard serve`; one connection, one request
after the other, the cases in turns with the floor. Printed are the medians of the rounds: milliseconds of all
threads of the server process by the kernel's clock, that as a ratio to hello's, the wall's milliseconds at
the client, and the bytes of an answer. Target T16: a read 1.5 ms, a page 5, an upload of 10,000 rows 6.
"""

import argparse
import socket
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.boards import hello
from benchmarks.campus import Campus, CampusPlan, Served, built, cpu_of, served
from server.http.deps import COOKIE
from tests.support import tiny_homework

UPLOADED_ROWS = 10_000
WARM = 5  # requests before a case is measured for the first time
UPLOADS = "/api/competitions/tiny/submissions"
READS = {
    "me": "/api/me",
    "competitions": "/api/competitions",
    "a competition": "/api/competitions/tiny",
    "own submissions": UPLOADS,
    "files": "/api/competitions/tiny/files",
    "board, page of 50": "/api/competitions/tiny/leaderboard/public?limit=50",
    "notices": "/api/me/notices",
}
PAGES = {
    "home": "/",
    "overview": "/competitions/tiny",
    "submit": "/competitions/tiny/submit",
    "own submissions": "/competitions/tiny/submissions",
    "data": "/competitions/tiny/data",
    "board": "/competitions/tiny/leaderboard",
    "account": "/account",
    "points": "/courses/drawn/results",
}


@dataclass(frozen=True)
class Case:
    """Requests to one process, and what they must be answered with."""

    pid: int
    port: int
    requests: Callable[[int], Sequence[bytes]]
    status: int = 200


@dataclass(frozen=True)
class Cost:
    """What a request costs: ms of the server's processor, ms of the wall, bytes of the answer."""

    cpu: float
    wall: float
    size: float


def request_of(path: str, *headers: str) -> Callable[[int], Sequence[bytes]]:
    """As many GET requests as are asked for, all alike."""
    head = "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", "Accept-Encoding: gzip", *headers, "", ""])
    return lambda number: [head.encode()] * number


def uploads(token: str, rows: int) -> Callable[[int], Sequence[bytes]]:
    """As many uploads as are asked for, no two alike in all the time."""
    seeds = iter(range(1_000_000))

    def requests(number: int) -> list[bytes]:
        files = [
            tiny_homework.predictions.__wrapped__(rows, accuracy=0.7, seed=next(seeds)) for _ in range(number)
        ]
        return [
            f"POST {UPLOADS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Length: {len(file)}\r\n\r\n".encode()
            + file
            for file in files
        ]

    return requests


def sent(case: Case, requests: Iterable[bytes]) -> int:
    """Send the requests one after the other on one connection; the bytes of all answers.

    Raises AssertionError for an answer with another status: a refusal would be quick, and measure nothing.
    """
    expected, total = f"HTTP/1.1 {case.status} ".encode(), 0
    with socket.create_connection(("127.0.0.1", case.port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = connection.makefile("rb")
        for request in requests:
            connection.sendall(request)
            line = reader.readline()
            assert line.startswith(expected), (line, request[:80])
            total += len(line) + _rest(reader.readline, reader.read)
    return total


def _rest(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> int:
    """Read an answer after its first line, by length or in chunks; how many bytes that were."""
    total, length, is_chunked = 0, 0, False
    while (line := readline()) != b"\r\n":
        total += len(line)
        name, _, value = line.lower().partition(b":")
        length = int(value) if name == b"content-length" else length
        is_chunked = is_chunked or (name == b"transfer-encoding" and b"chunked" in value)
    while is_chunked:
        length = int(readline(), 16)
        total += len(read(length + 2))
        is_chunked = length > 0
        length = 0
    return total + len(read(length))


def measure(case: Case, number: int) -> Cost:
    """The cost of one request of so many."""
    requests = case.requests(number)
    cpu, wall = cpu_of(case.pid), time.perf_counter()
    size = sent(case, requests)
    cpu, wall = cpu_of(case.pid) - cpu, time.perf_counter() - wall
    return Cost(1000 * cpu / number, 1000 * wall / number, size / number)


def cases_of(campus: Campus, server: Served) -> dict[str, Case]:
    """What is measured, by name: reads with a token, pages with a session, an upload."""
    (pid,) = server.processes()
    student = campus.students[7]
    bearer = f"Authorization: Bearer {campus.tokens[student]}"
    cookie = f"Cookie: {COOKIE}={campus.cookies[student]}"

    def case_of(path: str, secret: str) -> Case:
        return Case(pid, server.port, request_of(path, secret))

    reads = {name: case_of(path, bearer) for name, path in READS.items()}
    looks = {f"page: {name}": case_of(path, cookie) for name, path in PAGES.items()}
    rows = campus.rows
    upload = Case(pid, server.port, uploads(campus.tokens[campus.students[9]], rows), 201)
    return {**reads, **looks, f"upload of {rows:,} rows": upload}


def report(floor: Case, cases: dict[str, Case], *, number: int, rounds: int) -> None:
    """Measure the cases in turns with the floor, and print their medians."""
    costs: dict[str, list[Cost]] = {name: [] for name in cases}
    floors = []
    for case in (floor, *cases.values()):
        sent(case, case.requests(WARM))
    for _ in range(rounds):
        for name, case in cases.items():
            floors.append(measure(floor, number).cpu)
            costs[name].append(measure(case, number))
    hello_ms = median(floors)
    print(f"{'':24}{'CPU ms':>9}{'x hello':>9}{'wall ms':>9}{'bytes':>9}")
    print(f"{'FastAPI hello':24}{hello_ms:9.2f}{1:9.1f}")
    for name, each in costs.items():
        cpu, wall = median(cost.cpu for cost in each), median(cost.wall for cost in each)
        size = median(cost.size for cost in each)
        print(f"{name:24}{cpu:9.2f}{cpu / hello_ms:9.1f}{wall:9.2f}{size:9.0f}")


def main() -> None:
    """Read the arguments, build and serve the course, and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=1300)
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[], help="cases whose name holds one of these words")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        campus = built(
            f"sqlite:///{folder / 'splitboard.db'}", folder, CampusPlan(students=arguments.students)
        )
        with served(campus) as server, hello() as floor:
            cases = {
                name: case
                for name, case in cases_of(campus, server).items()
                if not arguments.only or any(word in name for word in arguments.only)
            }
            report(
                Case(floor.pid, floor.port, request_of("/")),
                cases,
                number=arguments.requests,
                rounds=arguments.rounds,
            )


if __name__ == "__main__":
    main()
