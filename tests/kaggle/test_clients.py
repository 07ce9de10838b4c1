"""Kaggle's clients, unmodified, at a running server over TLS: each version does all that a student does."""

import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.database.database import Database, execute
from server.domain.audit.actor import COMMAND_LINE
from server.domain.files.file_store import FileStore
from server.domain.setup.drafts import draft as drafts
from server.domain.setup.drafts import steps
from server.domain.setup.drafts.steps import MetricChoice
from server.models import Competition, Draft, Tier
from tests.journeys.town import PROJECT, Town, town
from tests.kaggle import clients
from tests.kaggle.clients import Client
from tests.kaggle.cutting import Wire, wire_to
from tests.support import databases
from tests.support.tiny_homework import predictions
from tests.support.tls import Certificate, certificate

pytestmark = pytest.mark.kaggle

ROWS = 20_000
STUDENT = "student0"
LAUNCHED_WITHIN = 60.0  # seconds, in the background of the server
BY_THE_RELAY = """
import os, subprocess, sys
from client.api.relay import Relay
from client.commands.kaggle import environment
from client.credentials import Credentials

url, token = os.environ["SPLITBOARD_URL"], os.environ["SPLITBOARD_TOKEN"]
own = Credentials(url=url, token=token, username="iris")
with Relay(own.url, own.token) as relay:
    sys.exit(subprocess.run(sys.argv[1:], env=environment(relay.address, os.getcwd(), own)).returncode)
"""
PAGES = """
from kaggle.api.kaggle_api_extended import KaggleApi

api = KaggleApi()
api.authenticate()
for text in ("Which one?", "Say which."):
    open("text.md", "w").write(text)
    api.competition_update_page("waves", "description", content_path="text.md")
    assert [page.content for page in api.competition_list_pages("waves")] == [text]
    if text == "Which one?":
        api.competition_delete_page("waves", "description", no_confirm=True)
        assert api.competition_list_pages("waves") == []
"""
PUBLISH = """
from kaggle.api.kaggle_api_extended import KaggleApi
from kagglesdk.competitions.types.competition_api_service import ApiUpdateSubmissionBenchmarkRequest

api = KaggleApi()
api.authenticate()
(trial,) = api.competition_submissions("tiny")
request = ApiUpdateSubmissionBenchmarkRequest()
request.submission_id, request.benchmark = int(trial.ref), True
with api.build_kaggle_client() as kaggle:
    kaggle.competitions.competition_api_client.update_submission_benchmark(request)
"""
LEADS_ITSELF = ("1.5.", "1.6.")  # versions that take an address by a variable; later ones take our relay


@dataclass(frozen=True)
class Student:
    """A student at a machine with one client; every command is run in the folder `work`."""

    client: Client
    town: Town
    wire: Wire
    tls: Certificate
    work: Path
    name: str = STUDENT

    def kaggle(self, *words: str, fails: bool = False) -> str:
        """Run the client; what it wrote."""
        command = [str(self.client.programs / "kaggle")]
        if not self.client.version.startswith(LEADS_ITSELF):
            command = [sys.executable, "-m", "client", "kaggle"]
        ended = self.run(*command, "competitions", *words)
        output = ended.stdout + ended.stderr
        assert (ended.returncode != 0) == fails, output
        assert "Traceback" not in output, output
        return output

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command as this student, with a home that has nothing in it."""
        token, address = self.town.tokens[self.name], f"https://localhost:{self.wire.port}"
        environment = {
            "PATH": f"{self.client.programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.work.parent),
            "PYTHONPATH": str(PROJECT),
            "SPLITBOARD_URL": address,
            "SPLITBOARD_TOKEN": token,
            "SSL_CERT_FILE": str(self.tls.authority),
        }
        if self.client.version.startswith(LEADS_ITSELF):
            environment |= {
                "KAGGLE_API_ENDPOINT": address,
                "KAGGLE_USERNAME": self.name,
                "KAGGLE_KEY": token,
                "KAGGLE_SSL_CA_CERT": str(self.tls.authority),
                "REQUESTS_CA_BUNDLE": str(self.tls.authority),
            }
        return subprocess.run(
            command, cwd=self.work, env=environment, capture_output=True, text=True, check=False
        )

    def submit(self, accuracy: float, seed: int, *, fails: bool = False) -> str:
        """Submit predictions of which about that share is right."""
        (self.work / "pred.csv").write_bytes(predictions(ROWS, accuracy=accuracy, seed=seed))
        return self.kaggle("submit", "tiny", "-f", "pred.csv", "-m", f"seed {seed}", fails=fails)

    def change(self, **columns: Any) -> None:
        """Change the competition under everybody's eyes."""
        database = Database(self.town.url)
        database.write(lambda session: execute(session, update(Competition).values(**columns), {}))
        database.close()


@pytest.fixture(params=clients.VERSIONS)
def student(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Student]:
    """A student with a client, at a server of their own."""
    try:
        client = clients.installed(request.param)
    except clients.VersionGone as gone:
        pytest.skip(f"the registry has no kaggle {request.param}: {gone}")
    (tmp_path / "home" / "work").mkdir(parents=True)
    tls = certificate(tmp_path)
    with town(databases.fresh("sqlite", tmp_path), tmp_path, rows=ROWS, students=1) as campus:
        port = urlsplit(campus.start_server(tls=tls)).port
        assert port is not None
        with wire_to(port) as wire:
            yield Student(client, campus, wire, tls, tmp_path / "home" / "work")


def test_a_student_does_everything_with_it(student: Student) -> None:
    assert "tiny" in student.kaggle("list")
    assert "sample_submission.csv" in student.kaggle("files", "tiny")
    downloads(student)
    submits(student)
    boards(student)
    refusals(student)


def downloads(student: Student) -> None:
    """All files as one zip, one file, and one again after the wire was cut in the middle."""
    student.kaggle("download", "tiny", "-p", "data")
    archive = zipfile.ZipFile(student.work / "data" / "tiny.zip")
    assert {"sample_submission.csv", "test.csv"} <= set(archive.namelist())
    whole = archive.read("sample_submission.csv")
    student.kaggle("download", "tiny", "-f", "sample_submission.csv", "-p", "one")
    assert (student.work / "one" / "sample_submission.csv").read_bytes() == whole
    student.wire.cut_after = len(whole) // 2
    again: list[str] = []
    target = student.work / "cut" / "sample_submission.csv"
    words = ("competitions", "download", "tiny", "-f", "sample_submission.csv", "-p", "cut")
    program = [str(student.client.programs / "kaggle")]
    if not student.client.version.startswith(LEADS_ITSELF):
        program = [sys.executable, "-m", "client", "kaggle"]
    for _ in range(2):  # some go on by themselves; older ones want to be asked once more, and told to
        student.run(*program, *words, *again)
        again = ["--force"] if student.client.version.startswith(LEADS_ITSELF) else []
        assert student.wire.cut_after is None
        if target.exists() and target.read_bytes() == whole:
            return
    pytest.fail(f"{target} is not whole")


def submits(student: Student) -> None:
    """A good file, the same again, a bad one, and their list."""
    assert "Public score 0.7" in student.submit(0.7, seed=1)
    assert "before" in student.submit(0.7, seed=1)
    good = (student.work / "pred.csv").read_bytes()
    (student.work / "bad.csv").write_bytes(good.replace(b"\n7,", b"\n6,"))
    refused = student.kaggle("submit", "tiny", "-f", "bad.csv", "-m", "bad", fails=True)
    assert "1 row with an id that stood before" in refused
    assert "1 id without a row" in refused
    listed = student.kaggle("submissions", "tiny")
    assert all(words in listed for words in ("pred.csv", "bad.csv", "seed 1", "COMPLETE", "ERROR"))


def boards(student: Student) -> None:
    """The board, shown and as a file."""
    assert "Student0" in student.kaggle("leaderboard", "tiny", "-s")
    student.kaggle("leaderboard", "tiny", "-d", "-p", "board")
    archive = zipfile.ZipFile(student.work / "board" / "tiny.zip")
    assert "Student0" in archive.read(archive.namelist()[0]).decode()


def refusals(student: Student) -> None:
    """A day without slots, a competition that is closed, one that is not there: each in a sentence."""
    student.change(daily_limit=1)
    assert "1 of 1 submissions today" in student.submit(0.8, seed=2, fails=True)
    now = datetime.now(UTC)
    ended = now - timedelta(days=1)
    times = {"opens_at": now - timedelta(days=9), "deadline_at": ended, "late_until": ended}
    student.change(daily_limit=9, has_practice=False, **times)
    assert "Submissions ended" in student.submit(0.8, seed=3, fails=True)
    assert "'nosuch'" in student.kaggle("submit", "nosuch", "-f", "pred.csv", "-m", "x", fails=True)


@pytest.mark.parametrize("student", [clients.NEWEST], indirect=True)
def test_an_instructor_sets_a_competition_up_and_publishes_a_benchmark_with_it(student: Student) -> None:
    host = replace(student, name="iris")
    draft(host)
    settings(host)
    launches(host)
    benchmark(host)


def draft(host: Student) -> None:
    """A competition to be, with its description, data and answer key."""
    facts = {"title": "Waves", "slug": "waves", "briefDescription": "Which wave?", "privacy": "PRIVATE"}
    (host.work / "new").mkdir()
    (host.work / "new" / "competition-metadata.json").write_text(json.dumps(facts))
    host.kaggle("create", "-p", "new")
    by_library(host, PAGES)  # its command for them ends in a TypeError of its own
    built = host.town.data.parent / "built"
    host.kaggle("data", "update", "waves", "-p", str(built / "public"), "-m", "first")
    host.kaggle("solution", "create", "waves", "-p", str(built / "private" / "answer_key.csv"))
    assert "no metric" in host.kaggle("solution", "status", "waves")


def settings(host: Student) -> None:
    """Another title and deadline, and one setting that has no place here."""
    (host.work / "new.json").write_text(json.dumps({"title": "Waves II", "deadline": "2031-02-01T00:00:00Z"}))
    (host.work / "odd.json").write_text(json.dumps({"hasScripts": True}))
    host.kaggle("settings", "update", "waves", "-f", "new.json")
    assert "not hasScripts" in host.kaggle("settings", "update", "waves", "-f", "odd.json", fails=True)
    assert "Waves II" in host.kaggle("settings", "get", "waves")


def launches(host: Student) -> None:
    """Refused without a metric, which the client cannot say; then taken for a day to come."""
    day = ("--at", "2031-01-01T00:00:00Z")
    assert "no metric" in host.kaggle("launch", "waves", *day, fails=True)
    database, store = Database(host.town.url), FileStore(host.town.data / "files")

    def choose(session: Session) -> None:
        row = drafts.with_parts(session, session.scalars(select(Draft)).one())
        parts = steps.with_metric(store, row.parts, MetricChoice("accuracy", "id", ("label",)))
        drafts.save(session, row.draft, parts, name="metric", by=COMMAND_LINE, now=datetime.now(UTC))

    database.write(choose)
    assert "scheduled to launch" in host.kaggle("launch", "waves", *day)
    opening = select(Competition.opens_at).where(Competition.slug == "waves")
    until = time.monotonic() + LAUNCHED_WITHIN
    while (opens := database.read(lambda session: session.scalar(opening))) is None:
        assert time.monotonic() < until
        time.sleep(0.2)
    database.close()
    assert opens == datetime(2031, 1, 1, tzinfo=UTC)


def by_library(host: Student, script: str) -> None:
    """Run a script against the client's library, by a relay as for its command."""
    (host.work / "script.py").write_text(script)
    ended = host.run(sys.executable, "-c", BY_THE_RELAY, str(host.client.programs / "python"), "script.py")
    assert ended.returncode == 0, ended.stderr


def benchmark(host: Student) -> None:
    """A trial of the staff, published as the threshold that its note names, by the client's library."""
    (host.work / "pred.csv").write_bytes(predictions(ROWS, accuracy=0.6, seed=9))
    host.kaggle("submit", "tiny", "-f", "pred.csv", "-m", "strong")
    by_library(host, PUBLISH)
    database = Database(host.town.url)
    chosen = select(Tier.name).where(Tier.threshold_run_id.is_not(None))
    names = database.read(lambda session: list(session.scalars(chosen)))
    database.close()
    assert names == ["strong"]


@pytest.mark.parametrize("student", [clients.NEWEST], indirect=True)
def test_a_certificate_that_nobody_vouches_for_is_refused(student: Student, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    stranger = replace(student, tls=replace(student.tls, authority=certificate(other).authority))
    program = [sys.executable, "-m", "client", "kaggle"]

    ended = stranger.run(*program, "competitions", "list")

    assert ended.returncode == 5
    assert "tiny" not in ended.stdout
