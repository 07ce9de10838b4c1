"""A small installation in this process: a course, an open competition `tiny`, its people, a clock to set."""

import atexit
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from server.app import create_app
from server.database.database import Database
from server.domain.audit.actor import COMMAND_LINE, Actor
from server.domain.baselines import runs as baselines
from server.domain.files.file_store import FileStore
from server.domain.people import courses
from server.domain.people.accounts import accounts, secrets
from server.domain.people.accounts.scopes import TokenTerms
from server.domain.people.accounts.tokens import make_token, make_worker_token
from server.domain.setup import importing as homeworks
from server.http.route_index import RouteIndex
from server.models import Competition, Notice, Role, Submission, Tier, User
from server.services.grading.context import GradingContext
from server.services.schema import upgrade
from server.services.uploads.take import take_file
from server.settings import Settings
from tests.support import databases, shared, tiny_homework
from tests.support.published import ConformingClient

PASSWORD = "correct horse battery"
LEASE = timedelta(seconds=30)
LASTING = TokenTerms()  # all scopes, and no end: tests go to the next term


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: datetime = tiny_homework.NOW

    def __call__(self) -> datetime:
        """The instant it stands at."""
        return self.now

    def advance(self, by: timedelta) -> None:
        """Move it on."""
        self.now += by


@dataclass
class Installation:
    """The parts of a server, and the tokens of those who use it, by name."""

    app: FastAPI
    clock: Clock
    tokens: dict[str, str]
    folder: Path
    clients: list[TestClient] = field(default_factory=list)
    kind_of_client: type[TestClient] = ConformingClient

    @property
    def db(self) -> Database:
        """Its database."""
        database: Database = self.app.state.db
        return database

    @property
    def context(self) -> GradingContext:
        """What takes and grades its uploads."""
        grading: GradingContext = self.app.state.context
        return grading

    def client(self, username: str | None) -> TestClient:
        """An HTTP client that speaks for `username`, or for nobody."""
        headers = {} if username is None else {"Authorization": f"Bearer {self.tokens[username]}"}
        client = self.kind_of_client(self.app, headers=headers, raise_server_exceptions=False)
        client.portal = event_loop()
        self.clients.append(client)
        return client

    def user(self, name: str) -> User:
        """The user of that name."""
        return self.db.read(lambda session: session.scalars(select(User).where(User.username == name)).one())

    def competition(self) -> Competition:
        """The one competition, as it is now."""
        return self.db.read(lambda session: session.scalars(select(Competition)).one())

    def competition_named(self, slug: str) -> Competition:
        """One of several competitions, as it is now."""
        return self.db.read(
            lambda session: session.scalars(select(Competition).where(Competition.slug == slug)).one()
        )

    def submit(self, name: str, data: bytes, file_name: str = "pred.csv") -> Submission:
        """Submit a file for a student through the one door, without HTTP."""
        return take_file(
            self.context,
            competition=self.competition(),
            user=self.user(name),
            data=data,
            file_name=file_name,
            now=self.clock(),
        )

    def submit_accuracy(self, name: str, accuracy: float, seed: int) -> Submission:
        """Submit labels of which about that share is right."""
        return self.submit(name, tiny_homework.predictions(400, accuracy=accuracy, seed=seed))

    def train(
        self, tier: str, *, seed: int = 0, accuracy: float | None = None, seconds: float = 60.0, **cost: Any
    ) -> int:
        """Run a baseline as a worker would, over the API; the run's id. cost: more of the report."""
        competition, by = self.competition(), self.user("tina")
        self.db.write(
            lambda session: baselines.request_runs(
                session, competition=competition, tiers=[tier], seed=seed, by=Actor(by.id), now=self.clock()
            )
        )
        worker = self.client("worker")
        claim = worker.post("/api/worker/claim", json={"worker": "w"}).json()
        run = f"/api/baseline-runs/{claim['run']['id']}"
        self.finish(run, claim["lease_token"], tier, seed, accuracy=accuracy, seconds=seconds, **cost)
        run_id: int = claim["run"]["id"]
        return run_id

    def finish(
        self,
        run: str,
        token: str,
        tier: str,
        seed: int,
        *,
        accuracy: float | None = None,
        seconds: float = 60.0,
        **cost: Any,
    ) -> None:
        """Hand in a claimed run's predictions and its report, as its worker would."""
        worker = self.client("worker")
        data = tiny_homework.predictions(
            400, accuracy=accuracy or tiny_homework.TIERS[tier], seed=1000 + seed
        )
        worker.post(f"{run}/predictions", params={"lease_token": token}, content=data).raise_for_status()
        report = {
            "lease_token": token,
            "device": "cpu",
            "seconds": seconds,
            "peak_memory_mb": 10.0,
            "versions": {},
            **cost,
        }
        worker.post(f"{run}/report", json=report).raise_for_status()


@contextmanager
def installed(kind: str, folder: Path) -> Iterator[Installation]:
    """An installation of one's own, a copy of the run's settled one; its files lie in `folder`."""
    with settled(kind, folder) as (url, tokens), opened(url, folder, tokens) as installation:
        yield installation


@contextmanager
def settled(kind: str, folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The database of such a copy, to be opened within the block alone, and the tokens of its people."""
    migrated, _ = databases.template("migrated", kind, lambda url, folder: upgrade(url))
    url, template = databases.template("settled", kind, _settled, of=migrated)
    for name in ("data", "tiny", "built"):
        shutil.copytree(template / name, folder / name)
    tokens = json.loads((template / "tokens.json").read_text())
    with databases.lent(kind, url, folder) as own:
        yield own, tokens


@contextmanager
def opened(url: str, folder: Path, tokens: dict[str, str]) -> Iterator[Installation]:
    """The installation whose database and files are there already, in this process."""
    clock = Clock()
    own = {"data_dir": folder / "data", "database_url": SecretStr(url)}
    app = create_app(_settings().model_copy(update=own))
    _share_routes(app)
    app.state.clock = app.state.context.clock = clock
    installation = Installation(app, clock, tokens, folder)
    try:
        yield installation
    finally:
        for client in installation.clients:
            client.close()
        app.state.context.close()
        app.state.db.close()


def _settled(url: str, folder: Path) -> None:
    """Settle the course in the migrated database at `url`, and keep the tokens beside its files."""
    tiny_homework.write(folder)
    store = FileStore(folder / "data" / "files")
    homework = homeworks.read_homework(store, folder=folder / "tiny", built=folder / "built")
    db = Database(url)
    tokens = db.write(lambda session: settle(session, homework, now=tiny_homework.NOW), private=True)
    db.close()
    (folder / "tokens.json").write_text(json.dumps(tokens))
    for path in (folder / "data" / "files").iterdir():
        if not any(path.iterdir()):
            path.rmdir()  # the store of each copy makes its two hundred empty folders itself


@cache
def _settings() -> Settings:
    """The settings of all servers in this process, but for where each has its data."""
    return Settings(sweep_seconds=3600, board_lag_ms=0)  # a test reads what it has written a moment ago


@cache
def event_loop() -> BlockingPortal:
    """The event loop of this process' clients, as a server has one; each request would start its own."""
    started = start_blocking_portal()
    atexit.register(started.__exit__, None, None, None)
    return started.__enter__()


def _share_routes(app: FastAPI) -> None:
    """Give a server the routes of this process, each built at its first request, and their index."""
    first = _first_app()
    app.router.routes[:] = first.router.routes
    index = copy(first.router.middleware_stack)
    assert isinstance(index, RouteIndex)
    index._router = app.router
    app.router.middleware_stack = index


@cache
def _first_app() -> FastAPI:
    """A server that answers nothing; its index of routes is made here, and not in each copy."""
    folder = Path(mkdtemp(dir=shared.folder()))
    app = create_app(Settings(data_dir=folder, database_url=SecretStr(f"sqlite:///{folder}/unused.db")))
    app.state.context.close()
    app.state.db.close()
    index = app.router.middleware_stack
    assert isinstance(index, RouteIndex)
    index._fitting("GET", "/")
    return app


def settle(
    session: Session, homework: homeworks.BuiltHomework, *, now: datetime, students: int = 3
) -> dict[str, str]:
    """A course with students, a TA and an instructor, two strangers of another, a worker; tokens by name."""
    course, other = (
        courses.create_course(
            session, courses.NewCourse(slug, courses.CourseSettings(title, zone)), by=COMMAND_LINE, now=now
        )
        for slug, title, zone in (("ml", "ML", "Asia/Taipei"), ("other", "Other", "UTC"))
    )
    people = [(f"student{number}", Role.STUDENT, course) for number in range(students)]
    people += [("tina", Role.TA, course), ("iris", Role.INSTRUCTOR, course), ("mallory", Role.STUDENT, other)]
    people += [("ivan", Role.INSTRUCTOR, other)]
    tokens = {}
    for name, role, of in people:
        user = new_user(session, name, now=now)
        courses.add_member(
            session, course=of, user=user, enrolment=courses.Enrolment(role), by=COMMAND_LINE, now=now
        )
        tokens[name] = make_token(session, user=user, name="test", terms=LASTING, now=now).secret
    root = new_user(session, "root", now=now, is_admin=True)
    tokens["root"] = make_token(session, user=root, name="test", terms=LASTING, now=now).secret
    tokens["worker"] = make_worker_token(session, user=root, name="w", by=COMMAND_LINE, now=now).secret
    session.execute(delete(Notice))  # of their tokens
    homeworks.import_homework(
        session, course=course, homework=homework, slug="tiny", by=COMMAND_LINE, now=now
    )
    return tokens


def new_user(session: Session, name: str, *, now: datetime, is_admin: bool = False) -> User:
    """A user who can sign in with PASSWORD."""
    return accounts.create_user(
        session,
        accounts.NewUser(
            name, name.title(), password_hash=secrets.hash_initial_password(PASSWORD), is_admin=is_admin
        ),
        by=COMMAND_LINE,
        now=now,
    )


def tier_ids(session: Session) -> dict[str, int]:
    """The tiers' ids by name."""
    return {tier.name.value: tier.id for tier in session.scalars(select(Tier))}


def store_of(folder: Path) -> FileStore:
    """A file store in `folder`."""
    return FileStore(folder / "data" / "files")
