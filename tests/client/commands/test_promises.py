"""docs/client.md against the program: the shape of each JSON value, the table of exit codes, what is read."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from client.__main__ import COMMANDS as TABLE
from client.api.types.comparisons import Comparison
from client.api.types.competitions import Leaderboard, Receipt, Submission
from client.api.types.grades import Points
from client.api.types.teams import Team
from client.commands import exits
from grader.proofs.receipt import FORMAT, key_id, signed_bytes
from tests.client import answers
from tests.client.commands.test_points_command import POINTS
from tests.client.conftest import Splitboard
from tests.client.stub_server import Answer, StubServer

PAGE = (Path(__file__).parents[3] / "docs" / "client.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `splitboard (\w+)` \| (.*) \|$", PAGE, re.MULTILINE))
TYPES = {each.__name__: each for each in (Comparison, Leaderboard, Points, Receipt, Submission, Team)}
FOOD = "/api/competitions/food"
CONTENT = b"id,label\na1,0\n"
SIGNER = Ed25519PrivateKey.generate()
PUBLIC = SIGNER.public_key().public_bytes_raw()
RECEIPT = {"submission": 41, "state": "scored", "sha256": "0" * 64}
SIGNED = {
    "format": FORMAT,
    "key_id": key_id(PUBLIC),
    "receipt": RECEIPT,
    "signature": base64.b64encode(SIGNER.sign(signed_bytes(RECEIPT))).decode(),
}
KEYS = {"keys": [{"id": key_id(PUBLIC), "public": base64.b64encode(PUBLIC).decode()}]}
COMMANDS = {
    "competitions": (),
    "download": ("food",),
    "check": ("pred.csv", "--like", "pred.csv"),
    "submit": ("food", "pred.csv"),
    "submissions": ("food",),
    "compare": ("42", "41"),
    "file": ("41", "--to", "mine.csv"),
    "receipt": ("41",),
    "final": ("food", "41"),
    "code": ("food",),
    "team": ("food",),
    "points": ("ml-2026",),
    "notices": (),
    "leaderboard": ("food",),
    "verify": ("receipt.json", "--key-file", "keys.json"),
}


@pytest.fixture
def course(server: StubServer, signed_in: str, tmp_path: Path) -> None:
    """A server that answers each of these commands, and the files that they read."""
    sent = answers.submission(sha256=answers.file("x", CONTENT)["sha256"], size=len(CONTENT))
    own_code = {
        **{"versions": [], "is_open": True, "closes_at": answers.MIDNIGHT},
        **{"limit_bytes": 1000, "most_versions": 50},
    }
    for method, path, body in (
        ("GET", "/api/competitions", {"competitions": [answers.competition()]}),
        ("GET", FOOD, answers.competition()),
        ("GET", f"{FOOD}/files", {"files": [answers.file("train.csv", CONTENT)]}),
        ("GET", f"{FOOD}/files/train.csv", CONTENT),
        ("POST", f"{FOOD}/submissions", answers.receipt()),
        ("GET", f"{FOOD}/submissions", {"submissions": [sent]}),
        ("GET", "/api/submissions/41", sent),
        ("GET", "/api/submissions/41/file", CONTENT),
        ("GET", "/api/submissions/41/receipt", SIGNED),
        (
            "GET",
            "/api/receipt-key",
            KEYS,
        ),
        ("PUT", "/api/submissions/41/final", sent),
        ("GET", "/api/submissions/42/comparisons/41", answers.comparison()),
        ("GET", f"{FOOD}/code", own_code),
        ("GET", f"{FOOD}/team", {"competition": "food", "name": "Foxes", "members": [], "team_size": 3}),
        ("GET", "/api/courses/ml-2026/points", POINTS),
        ("GET", "/api/me/notices", {"unread": 0, "notices": []}),
        ("GET", f"{FOOD}/leaderboard/public", answers.board(answers.row())),
        ("GET", f"{FOOD}/leaderboard/public/me", {"row": None}),
    ):
        server.prepare(method, path, Answer(200, body))
    (tmp_path / "pred.csv").write_bytes(CONTENT)
    (tmp_path / "receipt.json").write_text(json.dumps(SIGNED))
    (tmp_path / "keys.json").write_text(json.dumps(KEYS))


def is_promised(keys: set[str], cell: str) -> bool:
    """Whether a cell of the table allows a value of these keys; one that is named may leave some out."""
    listed = [set(re.findall(r'"(\w+)"', shape)) for shape in re.findall(r"`(\{.*?\})`", cell)]
    if cell.startswith("`{"):
        return keys in listed
    own = {field.name for field in fields(TYPES[re.findall(r"`(\w+)`", cell)[0]])}
    return keys <= own.union(*listed) and all(each <= keys for each in listed)


@pytest.mark.usefixtures("course")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_prints_what_the_page_says(splitboard: Splitboard, name: str) -> None:
    ended = splitboard(name, *COMMANDS[name], "--json")

    assert ended.status == 0, ended.err
    assert is_promised(set(json.loads(ended.out)), ROWS[name])


def test_the_page_has_every_command_of_students_that_prints_json() -> None:
    students = {name for name, one in TABLE.items() if one.group == "Students"}

    assert students - ROWS.keys() == {"board", "select", "files", "completion", "kaggle"}
    assert ROWS.keys() - COMMANDS.keys() == {"login", "logout"}  # tests/client/commands/test_signing_in.py


def test_the_page_has_every_exit_status() -> None:
    statuses = {int(number) for number in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}

    done, stopped = exits.DONE, exits.STOPPED
    assert statuses == {done, *exits.BY_KIND.values(), *exits.BY_CODE.values(), exits.FAULT, stopped}


@pytest.mark.usefixtures("course")
@pytest.mark.parametrize("change", [lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text])
def test_files_that_windows_has_written_are_read(
    splitboard: Splitboard, tmp_path: Path, home: Path, change: Callable[[str], str]
) -> None:
    for path in (tmp_path / "receipt.json", tmp_path / "keys.json", home / "splitboard" / "credentials.json"):
        text = json.dumps(json.loads(path.read_text()), indent=1)
        path.write_bytes(change(text).encode())

    verified = splitboard("verify", "receipt.json", "--key-file", "keys.json")
    listed = splitboard("competitions")

    assert (verified.status, listed.status) == (0, 0), verified.err + listed.err


@pytest.mark.usefixtures("course")
def test_a_receipt_is_kept_as_a_file_that_verify_takes(splitboard: Splitboard, tmp_path: Path) -> None:
    ended = splitboard("receipt", "41")

    assert ended.status == 0, ended.err
    assert json.loads((tmp_path / "receipt-41.json").read_text()) == SIGNED
    assert splitboard("verify", "receipt-41.json").status == 0
