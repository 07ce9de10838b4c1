"""Signed receipts: what they say, that they verify offline, and that the key is one however many make it."""

import base64
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import update
from sqlalchemy.orm import Session

from server.domain.errors import Invalid
from server.domain.submissions.receipt_keys import ReceiptKeys
from server.models import PrivateScore, PrivateStanding
from server.serializers.submissions.receipts import SignedFactsJson
from server.serializers.values import Json
from tests.server.commands.test_commands import data, run
from tests.support.installation import Installation
from tests.support.tiny_homework import NOW, predictions

__all__ = ["data"]  # a fixture
DOOR = "/api/competitions/tiny/submissions"


def verify(signed: Json, keys: list[Json]) -> None:
    """Check as docs/students.md says, with nothing of ours; raises InvalidSignature."""
    public = next(key["public"] for key in keys if key["id"] == signed["key_id"])
    content = {"format": signed["format"], "receipt": signed["receipt"]}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    Ed25519PublicKey.from_public_bytes(base64.b64decode(public)).verify(
        base64.b64decode(signed["signature"]), text.encode()
    )


def upload(installation: Installation, *, accuracy: float = 0.6, seed: int = 1) -> Json:
    content = predictions(400, accuracy=accuracy, seed=seed)
    answer: Json = installation.client("student0").post(DOOR, content=content).json()
    return answer


def test_the_answer_to_an_upload_carries_a_receipt_that_verifies(installation: Installation) -> None:
    answer = upload(installation)

    signed = answer["signed"]
    verify(signed, installation.client(None).get("/api/receipt-key").json()["keys"])
    assert set(signed["receipt"]) == set(SignedFactsJson.__annotations__)
    for name in (
        "sha256",
        "size",
        "received_at",
        "course_day",
        "slot",
        "state",
        "competition",
        "submitted_by",
    ):
        assert signed["receipt"][name] == answer[name]
    assert signed["receipt"]["submission"] == answer["id"]
    assert signed["receipt"]["team"] == "Student0"
    assert signed["receipt"]["key_version"] == 1
    assert float(signed["receipt"]["public_score"]) == answer["public_score"]
    assert signed["receipt"]["commitment"] == installation.competition().commitment


def test_a_changed_receipt_does_not_verify(installation: Installation) -> None:
    signed = upload(installation)["signed"]
    keys = installation.client(None).get("/api/receipt-key").json()["keys"]

    signed["receipt"]["slot"] += 1

    with pytest.raises(InvalidSignature):
        verify(signed, keys)


def test_an_invalid_file_has_a_receipt_too(installation: Installation) -> None:
    answer = installation.client("student0").post(DOOR, content=b"id,label\n1,a\n").json()

    signed = answer["error"]["details"]["submission"]["signed"]
    verify(signed, installation.client(None).get("/api/receipt-key").json()["keys"])
    assert (signed["receipt"]["state"], signed["receipt"]["slot"]) == ("invalid", None)
    assert signed["receipt"]["public_score"] is None


def test_the_receipt_is_a_download_for_the_team_and_staff_alone(installation: Installation) -> None:
    number = upload(installation)["id"]
    address = f"/submissions/{number}/receipt.json"

    answers = {
        viewer: installation.client(viewer).get(address)
        for viewer in ("student0", "tina", "student1", "mallory")
    }

    assert {viewer: answer.status_code for viewer, answer in answers.items()} == {
        "student0": 200,
        "tina": 200,
        "student1": 404,
        "mallory": 404,
    }
    own = answers["student0"]
    assert own.headers["content-disposition"] == f'attachment; filename="receipt-tiny-{number}.json"'
    assert own.json() == installation.client("student0").get(f"/api/submissions/{number}/receipt").json()
    verify(own.json(), installation.client(None).get("/api/receipt-key").json()["keys"])
    assert address in installation.client("student0").get(f"/submissions/{number}").text


@pytest.mark.parametrize("username", ["student0", "tina"])
def test_a_receipt_holds_nothing_that_depends_on_private_targets(
    installation: Installation, username: str
) -> None:
    installation.train("simple")
    number = upload(installation)["id"]
    address = f"/api/submissions/{number}/receipt"
    before = installation.client(username).get(address)

    def other_world(session: Session) -> None:
        for table in (PrivateScore, PrivateStanding):
            session.execute(update(table).values(score=table.score / 3, sort_key=table.sort_key / 3))

    installation.db.write(other_world, private=True)

    assert installation.client(username).get(address).content == before.content


def test_one_submission_signed_again_tells_the_same_but_for_the_time(installation: Installation) -> None:
    first = upload(installation)["signed"]
    installation.clock.advance(timedelta(minutes=5))

    again = (
        installation.client("student0")
        .get(f"/api/submissions/{first['receipt']['submission']}/receipt")
        .json()
    )

    assert again["receipt"].pop("signed_at") > first["receipt"].pop("signed_at")
    assert again["receipt"] == first["receipt"]


def test_the_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        ReceiptKeys(tmp_path / "keys").signing(NOW)
    finally:
        os.umask(before)

    key_file = tmp_path / "keys" / "0001.json"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file.parent.stat().st_mode) == 0o700
    assert [path.name for path in key_file.parent.iterdir()] == ["0001.json"]


def test_servers_that_start_together_share_one_key(tmp_path: Path) -> None:
    makers = [ReceiptKeys(tmp_path / "keys") for _ in range(16)]

    with ThreadPoolExecutor(16) as threads:
        key_ids = {key.id for key in threads.map(lambda maker: maker.signing(NOW), makers)}

    assert len(key_ids) == 1


def test_rotations_side_by_side_leave_one_key_that_signs(tmp_path: Path) -> None:
    ReceiptKeys(tmp_path / "keys").signing(NOW)
    makers = [ReceiptKeys(tmp_path / "keys") for _ in range(8)]

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda maker: maker.rotate(NOW), makers))

    known = ReceiptKeys(tmp_path / "keys").public(NOW)
    assert [key.retired_at is None for key in known] == [True] + [False] * (len(known) - 1)
    assert all(maker.public(NOW) == known for maker in makers)


def test_a_rotation_is_noticed_by_running_servers_and_keeps_earlier_receipts_good(
    installation: Installation,
) -> None:
    first = upload(installation)["signed"]
    settings = installation.context.settings
    ReceiptKeys(settings.receipt_keys_dir).rotate(installation.clock())

    second = upload(installation, seed=2)["signed"]

    keys = installation.client(None).get("/api/receipt-key").json()["keys"]
    assert [key["id"] for key in keys] == [second["key_id"], first["key_id"]]
    assert [key["retired_at"] is None for key in keys] == [True, False]
    verify(first, keys)
    verify(second, keys)
    retired_keys = [path.read_text() for path in settings.receipt_keys_dir.glob("*.retired.json")]
    assert len(retired_keys) == 1
    assert "private" not in retired_keys[0]


@pytest.mark.parametrize("damage", ["", "{}", '{"id": "0", "public": "AAAA", "made_at": ""}'])
def test_a_damaged_key_is_named(tmp_path: Path, damage: str) -> None:
    (tmp_path / "0001.json").write_text(damage)

    with pytest.raises(Invalid, match=r"0001\.json is no key for receipts"):
        ReceiptKeys(tmp_path).signing(NOW)


def test_the_command_shows_and_rotates_the_key(
    data: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("receipt-key", "show") == 0
    first = capsys.readouterr().out.split()[0]

    assert run("receipt-key", "rotate") == 0
    assert run("receipt-key", "show") == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Receipts are signed with the key ")
    assert [line.split()[0] == first for line in lines[1:]] == [False, True]
    assert all("private" not in line for line in lines)


def test_threads_that_need_the_first_key_at_once_sign_with_the_same(tmp_path: Path) -> None:
    for number in range(20):
        keys = ReceiptKeys(tmp_path / str(number))
        with ThreadPoolExecutor(8) as threads:
            ids = set(threads.map(lambda _, keys=keys: keys.signing(NOW).id, range(16)))

        assert len(ids) == 1
