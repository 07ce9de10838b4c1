"""A fresh installation with a course of as many students as a benchmark needs, served by the real command.

Their homework is `tiny`, which takes files and grades them, beside others in drawn rows. Each student has the
same password, a token and a session of their own.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from server.database.database import Database
from server.domain.audit.actor import COMMAND_LINE
from server.domain.files.file_store import FileStore
from server.domain.people import courses
from server.domain.people.accounts import secrets
from server.domain.setup import importing
from server.models import ApiToken, Competition, Role, TokenKind, User, WebSession
from server.services.schema import upgrade
from tests.journeys.town import PROJECT, free_port, wait_for
from tests.support import tiny_homework
from tests.support.drawn_course import DrawnCourse
from tests.support.installation import new_user

PASSWORD = "correct horse battery"  # noqa: S105  # of made-up people
SERVING = "server.processes.serving"
CLOCK_OF_PROCESS = 2  # the kernel's word for the processor time of all threads


@dataclass(frozen=True)
class CampusPlan:
    """How large an installation is to be. handed_in: whether most students have sent files for `tiny`.

    files: the most that a team sends for a homework.
    """

    students: int = 1300
    homeworks: int = 14
    rows: int = 10_000
    handed_in: bool = True
    files: int = 2


@dataclass
class Campus:
    """An installation: where it lies, and the secrets of its people by user name."""

    url: str
    data: Path
    rows: int
    students: list[str] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Served:
    """A running server: its port, its supervisor, and the processes that answer."""

    port: int
    supervisor: "subprocess.Popen[bytes]"
    killed_cpu: list[float] = field(default_factory=list)  # seconds of those that are no more

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def processes(self) -> list[int]:
        """The ids of the processes that answer requests, in no order."""
        return [pid for pid in children_of(self.supervisor.pid) if SERVING in command_of(pid)]

    def cpu_seconds(self) -> float:
        """The processor time that they have used so far, to the nanosecond."""
        return sum(map(cpu_of, self.processes())) + sum(self.killed_cpu)

    def memory(self) -> int:
        """The bytes that they hold in memory by themselves or share with each other, each page once."""
        return sum(map(proportional_memory, self.processes()))

    def kill_one(self) -> int:
        """Kill one of the processes that answer as the kernel would, without a word; its id."""
        pid = self.processes()[0]
        self.killed_cpu.append(cpu_of(pid))
        os.kill(pid, signal.SIGKILL)
        return pid


def built(url: str, folder: Path, plan: CampusPlan) -> Campus:
    """An installation in an empty database, its files in `folder`."""
    now = datetime.now(UTC)
    upgrade(url)
    campus = Campus(url, folder / "data", plan.rows)
    tiny_homework.write(folder, rows=plan.rows, now=now)
    store = FileStore(campus.data / "files")
    homework = importing.read_homework(store, folder=folder / "tiny", built=folder / "built")
    database = Database(url)
    database.write(lambda session: _fill(session, campus, homework, plan, now), private=True)
    database.close()
    return campus


def _fill(
    session: Session, campus: Campus, homework: importing.BuiltHomework, plan: CampusPlan, now: datetime
) -> None:
    drawn = DrawnCourse(session, Random(1), now, students=plan.students, files=plan.files)
    course = drawn.fill(plan.homeworks)
    importing.import_homework(
        session, course=course, homework=homework, slug="tiny", by=COMMAND_LINE, now=now
    )
    tiny = session.scalars(select(Competition).where(Competition.slug == "tiny")).one()
    tiny.daily_limit = 100_000
    staff = new_user(session, "iris", now=now)
    enrolment = courses.Enrolment(Role.INSTRUCTOR)
    courses.add_member(session, course=course, user=staff, enrolment=enrolment, by=COMMAND_LINE, now=now)
    students = list(session.scalars(select(User).where(User.username.like("s%")).order_by(User.id)))
    session.execute(update(User).values(password_hash=secrets.hash_password(PASSWORD)))
    campus.students = [student.username for student in students]
    _give_secrets(session, campus, [*students, staff], now)
    if plan.handed_in:
        drawn.take_part(tiny, [student.id for student in students])


def _give_secrets(session: Session, campus: Campus, users: Sequence[User], now: datetime) -> None:
    tokens, sessions = [], []
    for user in users:
        token = campus.tokens[user.username] = secrets.new_token(secrets.PERSONAL_PREFIX)
        cookie = campus.cookies[user.username] = secrets.new_token("")
        owned = {"user_id": user.id, "created_at": now}
        hashed = {"sha256": secrets.sha256_of(token), "prefix": token[: secrets.PREFIX_SHOWN]}
        tokens.append({**owned, **hashed, "kind": TokenKind.PERSONAL, "name": "load", "last_used_at": now})
        ends = {"seen_at": now, "expires_at": now + timedelta(hours=12)}
        sessions.append({**owned, **ends, "sha256": secrets.sha256_of(cookie), "form_token": cookie})
    session.execute(insert(ApiToken), tokens)
    session.execute(insert(WebSession), sessions)


@contextmanager
def served(campus: Campus, *, processes: int = 1, **settings: str) -> Iterator[Served]:
    """The installation, served by `splitboard serve` until the end of the block."""
    port = free_port()
    own = {"SPLITBOARD_DATABASE_URL": campus.url, "SPLITBOARD_LOG_LEVEL": "error", **settings}
    options = ["--port", str(port), "--processes", str(processes), "--no-worker", "--data", str(campus.data)]
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "client", "serve", *options],
        cwd=PROJECT,
        env={**os.environ, **own},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    server = Served(port, supervisor)
    try:
        wait_for(f"{server.address}/api/me", supervisor)
        while len(server.processes()) < processes:
            time.sleep(0.05)
        yield server
    finally:
        supervisor.terminate()
        supervisor.wait()


def children_of(pid: int) -> list[int]:
    """The processes that the main thread of a process has started."""
    return [int(child) for child in _text(f"/proc/{pid}/task/{pid}/children").split()]


def command_of(pid: int) -> str:
    """The words of a process' command."""
    return _text(f"/proc/{pid}/cmdline").replace("\0", " ")


def cpu_of(pid: int) -> float:
    """The seconds of the processor that all threads of a process have used; 0 once it has ended."""
    try:
        return time.clock_gettime((~pid << 3) | CLOCK_OF_PROCESS)
    except OSError:
        return 0.0


def proportional_memory(pid: int) -> int:
    """The bytes in memory of a process, each shared page divided by those who share it."""
    lines = (line.split() for line in _text(f"/proc/{pid}/smaps_rollup").splitlines())
    return sum(int(words[1]) * 1024 for words in lines if words[0] == "Pss:")


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
