"""`splitboard verify`: what holds is said, what does not is named, and a receipt needs no server."""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from client.proofs import trusted_keys
from grader.proofs.commitment import Covers, commitment, split_sha256
from grader.proofs.receipt import FORMAT, key_id, signed_bytes
from tests.client import answers
from tests.client.conftest import Splitboard
from tests.client.stub_server import Answer, StubServer

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
UPLOAD = b"id,label\na1,0\n"  # what the fixture `predictions` holds
ANSWERS = b"id,label,Usage\na1,0,Public\na2,1,Private\n"
SALT = bytes(range(100, 132))
RECEIPT = {
    "submission": 41,
    "competition": "food",
    "team": "Ālice ‖ 林",
    "sha256": hashlib.sha256(UPLOAD).hexdigest(),
    "size": len(UPLOAD),
    "state": "scored",
    "public_score": "0.8125",
    "slot": None,
    "is_late": False,
}


def public(key: Ed25519PrivateKey) -> dict[str, Any]:
    raw = key.public_key().public_bytes_raw()
    return {"id": key_id(raw), "public": base64.b64encode(raw).decode(), "made_at": answers.NOW}


def signed(key: Ed25519PrivateKey = KEY, **changes: Any) -> dict[str, Any]:
    contents = {**RECEIPT, **changes}
    signature = base64.b64encode(key.sign(signed_bytes(contents))).decode()
    return {"format": FORMAT, "receipt": contents, "key_id": public(key)["id"], "signature": signature}


def opened(**changes: Any) -> dict[str, Any]:
    covers = Covers(
        competition="food",
        key_version=1,
        answer_key_sha256=hashlib.sha256(ANSWERS).hexdigest(),
        id_column="id",
        split_sha256=split_sha256(ANSWERS, id_column="id"),
        metric="accuracy",
        metric_arguments={},
        metric_sha256=None,
        higher_is_better=True,
    )
    digest = commitment(covers.text(), SALT)
    version = {"version": 1, "commitment": digest, "made_at": answers.NOW, "reason": "", "is_current": True}
    version |= {"salt": SALT.hex(), "text": covers.text()} | changes
    whole = {"competition": "food", "commitment": digest, "state": "opened", "reveal_at": answers.MIDNIGHT}
    return whole | {"versions": [version]}


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(signed()))
    return path


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "receipt-key.json"
    path.write_text(json.dumps({"keys": [public(OTHER), public(KEY)]}))
    return path


def test_a_receipt_verifies_offline_with_a_key_file(
    splitboard: Splitboard, receipt: Path, key_file: Path, predictions: Path
) -> None:
    ended = splitboard("verify", str(receipt), "--key-file", str(key_file), "--file", str(predictions))

    lines = ended.out.splitlines()
    assert (ended.status, ended.err) == (0, "")
    assert lines[0] == f"signature     made with the key {public(KEY)['id']}"
    assert lines[1] == "file          pred.csv is the file it names, byte for byte"
    assert "public_score  0.8125" in lines
    assert lines[-1] == "Verified: submission 41."


def test_a_key_as_pem_will_do(splitboard: Splitboard, receipt: Path, tmp_path: Path) -> None:
    pem = tmp_path / "key.pem"
    pem.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    assert splitboard("verify", str(receipt), "--key-file", str(pem)).status == 0


def test_as_json_it_prints_what_holds(splitboard: Splitboard, receipt: Path, key_file: Path) -> None:
    ended = splitboard("verify", str(receipt), "--key-file", str(key_file), "--json")

    printed = json.loads(ended.out)
    assert printed["told"] == RECEIPT
    assert [finding["what"] for finding in printed["findings"]] == ["signature"]


def change_score(text: str) -> str:
    return text.replace("0.8125", "0.9125")


def change_signature(text: str) -> str:
    document = json.loads(text)
    raw = bytearray(base64.b64decode(document["signature"]))
    raw[0] ^= 1
    return json.dumps(document | {"signature": base64.b64encode(raw).decode()})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (change_score, "The signature does not fit: the receipt was changed"),
        (change_signature, "The signature does not fit: the receipt was changed"),
        (lambda text: text.replace('"signature": "', '"signature": "?'), "The signature does not fit"),
        (lambda text: text[:-40], "receipt.json is not a whole receipt: it is no JSON"),
        (lambda text: "", "receipt.json is not a whole receipt: it is no JSON"),
        (lambda text: "[]", "receipt.json is no receipt"),
        (lambda text: text.replace(FORMAT, "splitboard receipt 9"), "receipt.json is no receipt"),
        (lambda text: text.replace('"key_id"', '"keyid"'), "receipt, key_id and signature belong to it"),
    ],
)
def test_a_tampered_or_truncated_receipt_says_so(
    splitboard: Splitboard, receipt: Path, key_file: Path, change: Callable[[str], str], words: str
) -> None:
    receipt.write_text(change(receipt.read_text()))

    ended = splitboard("verify", str(receipt), "--key-file", str(key_file))

    assert (ended.status, ended.out) == (1, "")
    assert words in ended.err


def test_another_servers_key_is_named(splitboard: Splitboard, receipt: Path, key_file: Path) -> None:
    key_file.write_text(json.dumps({"keys": [public(OTHER)]}))

    ended = splitboard("verify", str(receipt), "--key-file", str(key_file))

    assert ended.status == 1
    assert (
        f"signed with the key {public(KEY)['id']}; the keys at hand are: {public(OTHER)['id']}" in ended.err
    )


def test_a_key_that_lies_about_its_id_does_not_help(
    splitboard: Splitboard, receipt: Path, key_file: Path
) -> None:
    receipt.write_text(json.dumps(signed(OTHER) | {"key_id": public(KEY)["id"]}))
    key_file.write_text(json.dumps({"keys": [public(OTHER) | {"id": public(KEY)["id"]}]}))

    assert splitboard("verify", str(receipt), "--key-file", str(key_file)).status == 1


def test_another_file_is_told_with_both_hashes(
    splitboard: Splitboard, receipt: Path, key_file: Path, predictions: Path
) -> None:
    predictions.write_bytes(b"id,label\na1,1\n")

    ended = splitboard("verify", str(receipt), "--key-file", str(key_file), "--file", str(predictions))

    assert ended.status == 1
    assert "The receipt is genuine, and it is about another file" in ended.err
    assert hashlib.sha256(b"id,label\na1,1\n").hexdigest() in ended.err


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"keys": [{}]}', "-----BEGIN PUBLIC KEY-----\nAAAA"])
def test_a_file_without_a_key_is_a_misuse(
    splitboard: Splitboard, receipt: Path, key_file: Path, content: str
) -> None:
    key_file.write_text(content)

    ended = splitboard("verify", str(receipt), "--key-file", str(key_file))

    assert ended.status == 2
    assert "holds no public key" in ended.err


@pytest.mark.usefixtures("signed_in")
def test_the_server_is_asked_once_and_its_key_is_kept(
    server: StubServer, splitboard: Splitboard, receipt: Path
) -> None:
    server.prepare("GET", "/api/receipt-key", Answer(200, {"keys": [public(KEY)]}))

    statuses = [splitboard("verify", str(receipt)).status for _ in range(2)]

    assert statuses == [0, 0]
    assert len(server.asked_of("GET", "/api/receipt-key")) == 1
    assert [key.id for key in trusted_keys.known_keys()] == [public(KEY)["id"]]


def test_without_key_and_server_it_says_what_is_missing(splitboard: Splitboard, receipt: Path) -> None:
    ended = splitboard("verify", str(receipt))

    assert ended.status == 3
    assert "splitboard login" in ended.err


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize("first", [{"state": "scored"}, {"state": "received", "public_score": None}, None])
def test_submit_keeps_the_receipt_that_was_asked_for(
    server: StubServer,
    splitboard: Splitboard,
    predictions: Path,
    tmp_path: Path,
    first: dict[str, Any] | None,
) -> None:
    answer = answers.receipt() if first is None else answers.receipt(signed=signed(**first))
    server.prepare("GET", "/api/competitions/food", Answer(200, answers.competition()))
    server.prepare("POST", "/api/competitions/food/submissions", Answer(201, answer))
    server.prepare("GET", "/api/receipt-key", Answer(200, {"keys": [public(KEY)]}))
    server.prepare("GET", "/api/submissions/41/receipt", Answer(200, signed()))
    receipt_file = tmp_path / "kept.json"

    ended = splitboard("submit", "food", str(predictions), "--receipt", str(receipt_file))

    assert ended.status == 0
    assert json.loads(receipt_file.read_text()) == signed()
    server.shutdown()
    assert splitboard("verify", str(receipt_file), "--file", str(predictions)).status == 0


@pytest.mark.usefixtures("signed_in")
def test_a_sealed_competition_says_until_when(server: StubServer, splitboard: Splitboard) -> None:
    answer = opened(salt=None, text=None) | {"state": "sealed"}
    server.prepare("GET", "/api/competitions/food/commitment", Answer(200, answer))

    ended = splitboard("verify", "food")

    assert ended.status == 0
    assert ended.out.splitlines() == [
        f"version 1     {answer['commitment']} (sealed)",
        "Sealed until Sat 2026-03-14 16:00 UTC. Then salt and text are shown, and this command compares.",
    ]


@pytest.mark.usefixtures("signed_in")
def test_an_opened_commitment_is_recomputed_and_a_given_key_compared(
    server: StubServer, splitboard: Splitboard, tmp_path: Path
) -> None:
    key = tmp_path / "answer_key.csv"
    key.write_bytes(ANSWERS)
    server.prepare("GET", "/api/competitions/food/commitment", Answer(200, opened()))

    ended = splitboard("verify", "food", "--key", str(key))

    assert ended.status == 0
    assert ended.out.splitlines() == [
        f"version 1     {opened()['commitment']} is its salt and text, counts now",
        "answer key    answer_key.csv is the key of version 1, byte for byte",
        "split         public and private rows are the promised ones",
        "Verified: food.",
    ]


@pytest.mark.usefixtures("signed_in")
def test_a_key_that_the_staff_published_is_found_and_compared(
    server: StubServer, splitboard: Splitboard
) -> None:
    files = [answers.file("sample_submission.csv", b"id,label\n"), answers.file("truth.csv", ANSWERS)]
    server.prepare("GET", "/api/competitions/food/commitment", Answer(200, opened()))
    server.prepare("GET", "/api/competitions/food/files", Answer(200, {"files": files}))
    server.prepare("GET", "/api/competitions/food/files/truth.csv", Answer(200, ANSWERS))

    ended = splitboard("verify", "food")

    assert ended.status == 0
    assert "answer key    answer_key.csv is the key of version 1, byte for byte" in ended.out


@pytest.mark.usefixtures("signed_in")
def test_without_a_key_the_text_alone_is_recomputed(server: StubServer, splitboard: Splitboard) -> None:
    server.prepare("GET", "/api/competitions/food/commitment", Answer(200, opened()))
    server.prepare("GET", "/api/competitions/food/files", Answer(200, {"files": []}))

    ended = splitboard("verify", "food")

    assert (ended.status, "answer key" in ended.out) == (0, False)


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (opened(salt=bytes(32).hex()), "do not give"),
        (opened(salt="not hexadecimal"), "do not give"),
        (opened(text=opened()["versions"][0]["text"].replace("accuracy", "recall")), "do not give"),
        (opened() | {"commitment": "0" * 64}, "The opening's commitment is 000"),
        (opened() | {"competition": "drinks"}, "not about 'drinks'"),
        (opened(version=2), "is about version 1 of 'food'"),
        (opened() | {"state": "none", "commitment": None, "versions": []}, "older than commitments"),
    ],
)
def test_what_was_not_promised_is_named(
    server: StubServer, splitboard: Splitboard, answer: dict[str, Any], words: str
) -> None:
    server.prepare("GET", "/api/competitions/food/commitment", Answer(200, answer))
    server.prepare("GET", "/api/competitions/food/files", Answer(200, {"files": []}))

    ended = splitboard("verify", "food")

    assert (ended.status, ended.out) == (1, "")
    assert words in ended.err


@pytest.mark.usefixtures("signed_in")
def test_another_answer_key_is_told_with_its_hash(
    server: StubServer, splitboard: Splitboard, tmp_path: Path
) -> None:
    key = tmp_path / "answer_key.csv"
    key.write_bytes(ANSWERS.replace(b"a2,1", b"a2,0"))
    server.prepare("GET", "/api/competitions/food/commitment", Answer(200, opened()))

    ended = splitboard("verify", "food", "--key", str(key))

    assert ended.status == 1
    assert "answer_key.csv is not the answer key that was promised" in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ("receipt.json", "--key", "pred.csv"),
        ("food", "--file", "pred.csv"),
        ("food", "--key-file", "pred.csv"),
    ],
)
def test_options_of_the_other_kind_are_a_misuse(
    splitboard: Splitboard, receipt: Path, predictions: Path, words: tuple[str, ...]
) -> None:
    ended = splitboard("verify", *words)

    assert ended.status == 2
    assert "belong" in ended.err
