"""The installation's commands: each does its one thing, and says in words what was refused."""

import os
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from client.__main__ import main
from server.commands.operations.serve import clear_text_warning
from server.commands.trial import demo
from server.services.demo import course as demo_course
from server.services.demo.notes import Login, Notes
from server.services.demo.people import people
from server.settings import PROJECT
from tests.journeys.town import free_port
from tests.support import databases, tiny_homework

WITHIN = 120.0


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a migrated SQLite database, which the commands find by the environment."""
    folder = tmp_path / "data folder"
    folder.mkdir()
    databases.fresh("sqlite", folder)
    monkeypatch.setenv("SPLITBOARD_DATA_DIR", str(folder))
    for name in ("SPLITBOARD_DATABASE_URL", "SPLITBOARD_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    return folder


def run(*words: str) -> int:
    """Run a command in this process; its exit status."""
    with pytest.raises(SystemExit) as left:
        main(list(words))
    code = left.value.code
    assert isinstance(code, int)
    return code


def test_the_commands_of_a_new_installation_need_no_server_to_have_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPLITBOARD_DATA_DIR", str(tmp_path / "no folder" / "yet"))
    for name in ("SPLITBOARD_DATABASE_URL", "SPLITBOARD_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)

    statuses = [
        run("user", "add", "root", "--admin"),
        run("course", "add", "ml", "--title", "Machine Learning", "--zone", "Asia/Taipei"),
        run("course", "member", "ml", "root", "--role", "instructor"),
    ]

    assert statuses == [0, 0, 0], capsys.readouterr().out


def test_a_course_is_set_up_from_the_command_line(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_homework.write(tmp_path, now=datetime.now(UTC))
    roster = tmp_path / "roster.csv"
    roster.write_text("student number,name,department\nB10902001,Chen Wei,CS\nB10902002,Lin Yu,EE\n")
    built = str(tmp_path / "built")

    statuses = [
        run("user", "add", "iris", "--name", "Prof. Iris"),
        run("course", "add", "ml", "--title", "Machine Learning", "--zone", "Asia/Taipei"),
        run("course", "member", "ml", "iris", "--role", "instructor"),
        run("roster", str(roster), "--course", "ml"),
        run("roster", str(roster), "--course", "ml", "--apply"),
        run("import-homework", str(tmp_path / "tiny"), "--course", "ml", "--built", built),
        run("grades", "tiny", "--out", str(tmp_path / "grades.csv")),
        run("standings", "check"),
        run("worker-token", "gpu1"),
    ]

    output = capsys.readouterr().out
    assert statuses == [0] * 9
    assert "Nothing was changed; --apply imports it." in output
    assert "2 added, 0 changed, 0 removed" in output
    assert "4 baseline runs are asked for" in output
    assert "\nsbw_" in output
    assert [line.split(",")[0] for line in (tmp_path / "grades.csv").read_text("utf-8-sig").splitlines()] == [
        "student_number",
        "B10902001",
        "B10902002",
    ]


def test_a_refusal_is_one_sentence_and_status_one(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    statuses = [
        run("course", "add", "ML 2027"),
        run("course", "member", "ml", "nobody"),
        run("grades", "hw1", "--out", str(data / "grades.csv")),
        run("simulate", "hw1"),
    ]

    errors = capsys.readouterr().err
    assert statuses == [1] * 4
    assert "There is no course 'ml'." in errors
    assert "There is no competition 'hw1'; there are: none." in errors
    assert "Traceback" not in errors


def test_times_on_the_command_line_need_an_offset_and_an_order(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_homework.write(tmp_path, now=datetime.now(UTC))
    run("course", "add", "ml")
    words = ["import-homework", str(tmp_path / "tiny"), "--course", "ml", "--built", str(tmp_path / "built")]

    statuses = [
        run(*words, "--deadline", "2027-03-26T23:59"),
        run(*words, "--deadline", "2020-03-26T23:59+08:00"),
    ]

    errors = capsys.readouterr().err
    assert statuses == [1, 1]
    assert "has no offset from UTC" in errors
    assert "Times run in this order" in errors


def test_the_demonstration_listens_on_this_machine_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run("demo", "--host", "0.0.0.0", "--data", str(tmp_path / "demo"))  # noqa: S104 - is refused

    assert status == 1
    assert "listens on this machine alone and not on 0.0.0.0" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


def test_a_taken_port_is_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(port)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()

    status = run("serve", "--port", str(port))
    holder.kill()
    holder.communicate()

    assert status == 1
    assert f"Cannot listen on 127.0.0.1, port {port}" in capsys.readouterr().err


HOLD = """
import socket, sys, time
with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize(
    ("host", "origin", "warns"),
    [
        ("127.0.0.1", None, False),
        ("::1", None, False),
        ("0.0.0.0", None, True),  # noqa: S104  # what is warned of
        ("::", None, True),
        ("192.0.2.7", "http://ml.example.edu", True),
        ("0.0.0.0", "https://ml.example.edu", False),  # noqa: S104
    ],
)
def test_a_port_that_others_reach_without_https_is_warned_of(
    host: str, origin: str | None, warns: bool
) -> None:
    warning = clear_text_warning(host, origin)

    assert (warning is not None) == warns
    assert warning is None or "SPLITBOARD_ORIGIN names no https:// address" in warning


def test_two_server_processes_serve_one_port_until_ctrl_c(data: Path) -> None:
    port = free_port()
    serving = subprocess.Popen(
        [sys.executable, "-m", "client", "serve", "--port", str(port), "--processes", "2"],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        status = first_status(f"http://127.0.0.1:{port}/api/me")
    finally:
        serving.send_signal(signal.SIGINT)
        left = serving.wait(WITHIN)

    assert status == 401
    assert left == 0


def first_status(address: str) -> int:
    """The status of the first answer there."""
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        try:
            return httpx2.get(address, timeout=WITHIN).status_code
        except httpx2.TransportError:
            time.sleep(0.1)
    raise TimeoutError(address)


def test_the_demonstration_keeps_its_passwords_to_its_owner(tmp_path: Path) -> None:
    notes = Notes([Login("student1", "k3f9-7hvp", "everything")], "sbw_x", is_filled=True)

    notes.write(tmp_path)

    assert Notes.read(tmp_path) == notes
    assert stat.S_IMODE(os.stat(tmp_path / "demo.json").st_mode) == 0o600


def test_the_demonstration_knows_whether_its_schema_is_the_newest(data: Path, tmp_path: Path) -> None:
    assert demo.schema_of(data / "splitboard.db") == demo.newest_schema()
    assert demo.schema_of(tmp_path / "none.db") == ""


def test_no_two_people_of_the_demonstration_are_alike() -> None:
    crowd = people(1280)

    assert len({person.name for person in crowd}) == len({person.number for person in crowd}) == 1280
    assert len({person.department for person in crowd}) == 12
    assert crowd == people(1280)


@pytest.mark.parametrize("hour", range(0, 24, 5))
def test_the_demonstration_has_a_revealed_and_a_running_homework_at_any_hour(hour: int) -> None:
    now = datetime(2026, 11, 3, hour, 59, 59, tzinfo=UTC)

    finished, running = demo_course.finished_times(now), demo_course.running_times(now)

    assert finished.opens_at < finished.deadline_at < finished.late_until < finished.reveal_at < now
    assert running.opens_at < now < running.deadline_at - timedelta(days=3)
    assert running.deadline_at < running.late_until < running.reveal_at


def test_a_term_is_cloned_and_archived_from_the_command_line(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_homework.write(tmp_path, now=datetime.now(UTC))
    run("course", "add", "ml-1", "--title", "Machine Learning", "--zone", "Asia/Taipei")
    run(
        *("import-homework", str(tmp_path / "tiny"), "--course", "ml-1"),
        *("--built", str(tmp_path / "built"), "--no-train"),
    )

    statuses = [
        run("course", "clone", "ml-1", "ml-2", "--first-day", "2035-03-05", "--thresholds", "train"),
        run("competition", "clone", "tiny", "tiny-c", "--into", "ml-2", "--first-day", "2035-04-05"),
        run("competition", "archive", "tiny-c", "--reason", "A trial"),
        run("competition", "unarchive", "tiny-c", "--reason", "No trial"),
        run("course", "archive", "ml-1", "--reason", "The term is over"),
        run("course", "archive", "ml-1", "--reason", "The term is over"),
    ]

    streams = capsys.readouterr()
    assert statuses == [0, 0, 0, 0, 0, 1]
    assert "tiny-ml-2 stands, Mon 05 Mar 2035" in streams.out
    assert "4 runs are asked for" in streams.out
    assert "tiny-c stands, Thu 05 Apr 2035" in streams.out
    assert "Archived: tiny." in streams.out
    assert "has no competition that is not archived" in streams.err


def test_a_persons_data_are_handed_out_and_deleted_from_the_command_line(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("user", "add", "wei", "--name", "Chen Wei", "--email", "wei@example.edu")
    out = tmp_path / "wei.json"

    statuses = [
        run("user", "data", "wei", "--out", str(out)),
        run("user", "erase", "wei", "--reason", "A letter of 3 May", "--yes"),
        run("user", "erase", "wei", "--reason", "A letter of 3 May", "--yes"),
        run("tidy"),
        run("tidy", "--apply", "--hours", "0.1"),
    ]

    streams = capsys.readouterr()
    assert statuses == [0, 0, 1, 0, 0]
    assert "wei@example.edu" in out.read_text("utf-8")
    assert "They are Deleted student 1 now; 0 submissions keep their scores" in streams.out
    assert "There is no user 'wei'." in streams.err
    assert "Nothing was removed; --apply removes them." in streams.out
    assert "0 removed." in streams.out
