"""A small installation in real processes: a database, a data folder, servers, and people with tokens."""

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import update

from server.database.database import Database, execute
from server.domain.files.file_store import FileStore
from server.domain.setup import importing as homeworks
from server.models import Competition
from tests.journeys.servers import ServerProcess
from tests.support import tiny_homework
from tests.support.installation import settle
from tests.support.tls import Certificate

PROJECT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 40.0


@dataclass
class Town:
    """Where an installation lies, and the tokens of those who live in it, by name."""

    url: str
    data: Path
    tokens: dict[str, str]
    rows: int
    servers: list["ServerProcess | subprocess.Popen[bytes]"] = field(default_factory=list)
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)

    def lift_limits(self) -> None:
        """Let a team submit as often as it likes, for measurements."""
        database = Database(self.url)
        database.write(lambda session: execute(session, update(Competition).values(daily_limit=100_000), {}))
        database.close()

    def start_server(
        self,
        factory: str = "server.app:create_app",
        *,
        port: int | None = None,
        tls: Certificate | None = None,
    ) -> str:
        """Start one more server of this installation; its address, once it answers."""
        port = port or free_port()
        process = ServerProcess(factory, port=port, environment=self.environment(), tls=tls)
        self.servers.append(process)
        address = f"http://127.0.0.1:{port}" if tls is None else f"https://localhost:{port}"
        wait_for(f"{address}/api/me", process, tls=tls)
        return address

    def start_worker(self, address: str, *options: str) -> "subprocess.Popen[bytes]":
        """Start a worker of baseline runs; behind a broker when the settings name one."""
        own = {
            "SPLITBOARD_URL": address,
            "SPLITBOARD_WORKER_TOKEN": self.tokens["worker"],
            "SPLITBOARD_WORK_DIR": str(self.data / "work"),
            "SPLITBOARD_HOMEWORKS_DIR": str(self.data.parent),
        }
        command = [sys.executable, "-m", "baselines", "worker", *options]
        environment = {**os.environ, **self.settings, **own}
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, start_new_session=True)
        self.workers.append(process)
        return process

    def kill_server(self) -> None:
        """Kill the newest server as the kernel would, without a word of warning."""
        process = self.servers.pop()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def environment(self) -> dict[str, str]:
        """The environment of this installation's processes."""
        own = {"SPLITBOARD_DATA_DIR": str(self.data), "SPLITBOARD_DATABASE_URL": self.url}
        own["SPLITBOARD_BOARD_LAG_MS"] = "0"  # a test reads what it has written a moment ago
        return {**os.environ, **own, **self.settings}

    def client(self, address: str, username: str) -> httpx2.Client:
        """An HTTP client that speaks for `username`."""
        return httpx2.Client(
            base_url=address, headers={"Authorization": f"Bearer {self.tokens[username]}"}, timeout=60
        )


@contextmanager
def town(url: str, folder: Path, *, rows: int = 400, students: int = 2, **settings: str) -> Iterator[Town]:
    """An installation with one open competition `tiny`; every process it started is gone afterwards."""
    tiny_homework.write(folder, rows=rows, now=datetime.now(UTC))
    campus = Town(url, folder / "data", {}, rows, settings=settings)
    with peopled(campus, homework=folder / "tiny", built=folder / "built", students=students):
        yield campus


@contextmanager
def peopled(town: Town, *, homework: Path, built: Path, students: int = 2) -> Iterator[None]:
    """The town's people, and the homework as the competition `tiny`, open now whatever its own times are."""
    database, now = Database(town.url), datetime.now(UTC)
    try:
        read = homeworks.read_homework(FileStore(town.data / "files"), folder=homework, built=built)
        times: dict[str, Any] = dict(tiny_homework.times(now))
        rules = replace(read.rules, **times)
        town.tokens = database.write(
            lambda session: settle(session, replace(read, rules=rules), now=now, students=students),
            private=True,
        )
    finally:
        database.close()
    with running(town):
        yield


@contextmanager
def running(town: Town) -> Iterator[None]:
    """The time in which the town's processes run; every one that it started is gone afterwards."""
    try:
        yield
    finally:
        for process in [*town.workers, *town.servers]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(
    address: str,
    process: "ServerProcess | subprocess.Popen[bytes]",
    *,
    tls: Certificate | None = None,
) -> None:
    """Wait until something answers at `address`; fail when its process has ended instead."""
    end = time.monotonic() + STARTS_WITHIN
    context = True if tls is None else ssl.create_default_context(cafile=str(tls.authority))
    while time.monotonic() < end:
        assert process.poll() is None, f"the server ended with {process.poll()}"
        try:
            httpx2.get(address, timeout=5, verify=context)
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing answers at {address}")
