"""A small installation in this process: a course, an open competition `tiny`, its people, a clock to set."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from server.app import create_app
from server.database.database import Database
from server.domain.audit.actor import COMMAND_LINE, Actor
from server.domain.baselines import runs as baselines
from server.domain.files.file_store import FileStore
from server.domain.people import accounts, courses, credentials, secrets
from server.domain.setup import importing as homeworks
from server.models import Competition, Role, Submission, Tier, User
from server.services.grading.context import GradingContext
from server.services.uploads.take import take_file
from server.settings import Settings
from tests.support import tiny_homework

PASSWORD = "correct horse battery"
LEASE = timedelta(seconds=30)


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

    @property
    def db(self) -> Database:
        """Its database."""
        found: Database = self.app.state.db
        return found

    @property
    def context(self) -> GradingContext:
        """What takes and grades its uploads."""
        found: GradingContext = self.app.state.context
        return found

    def client(self, who: str | None) -> TestClient:
        """An HTTP client that speaks for `who`, or for nobody."""
        headers = {} if who is None else {"Authorization": f"Bearer {self.tokens[who]}"}
        made = TestClient(self.app, headers=headers, raise_server_exceptions=False)
        self.clients.append(made)
        return made

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
def installed(url: str, folder: Path, *, rows: int = 400) -> Iterator[Installation]:
    """The installation over the migrated, empty database at `url`; its files lie in `folder`."""
    clock = Clock()
    settings = Settings(data_dir=folder / "data", database_url=SecretStr(url), sweep_seconds=3600)
    tiny_homework.write(folder, rows=rows, now=clock())
    app = create_app(settings)
    app.state.clock = app.state.context.clock = clock
    homework = homeworks.read_homework(
        app.state.context.store, folder=folder / "tiny", built=folder / "built"
    )
    tokens = app.state.db.write(lambda session: settle(session, homework, now=clock()), private=True)
    made = Installation(app, clock, tokens, folder)
    try:
        yield made
    finally:
        for client in made.clients:
            client.close()
        app.state.context.close()
        app.state.db.close()


def settle(
    session: Session, homework: homeworks.BuiltHomework, *, now: datetime, students: int = 3
) -> dict[str, str]:
    """A course with students, a TA and an instructor, two strangers of another, a worker; tokens by name."""
    course = courses.create_course(
        session, courses.NewCourse("ml", "ML", "Asia/Taipei"), by=COMMAND_LINE, now=now
    )
    other = courses.create_course(
        session, courses.NewCourse("other", "Other", "UTC"), by=COMMAND_LINE, now=now
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
        tokens[name] = credentials.make_token(session, user=user, name="test", now=now).secret
    root = new_user(session, "root", now=now, is_admin=True)
    tokens["root"] = credentials.make_token(session, user=root, name="test", now=now).secret
    tokens["worker"] = credentials.make_worker_token(
        session, user=root, name="w", by=COMMAND_LINE, now=now
    ).secret
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
