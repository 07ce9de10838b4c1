"""A full disk: what would be kept is refused with a sentence, and reading goes on."""

import errno
import sqlite3
from typing import Any

import psycopg.errors
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from server.database.disk import is_disk_full
from server.domain.people.accounts import tokens
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

PATH = "/api/competitions/tiny/submissions"


def test_a_database_that_cannot_grow_says_that_the_disk_is_full(installation: Installation) -> None:
    staff = installation.client("tina")
    staff.get("/api/me")
    installation.db.write(lambda session: session.execute(text("PRAGMA max_page_count = 1")).scalar())

    notice = {"title": "News", "body_md": "x" * 20_000}
    answers = [staff.post("/api/competitions/tiny/announcements", json=notice) for _ in range(20)]

    answer = answers[-1]
    assert answer.status_code == 507
    assert answer.json()["error"]["code"] == "disk_full"
    assert answer.headers["retry-after"] == "300"
    assert staff.get("/api/competitions/tiny").status_code == 200


def test_an_upload_without_room_costs_no_slot_and_comes_through_later(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, data = installation.client("student0"), predictions(400, accuracy=0.6, seed=1)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(installation.context.store, "_write", full)
        refused = client.put(PATH, content=data)
    taken = client.put(PATH, content=data)

    assert refused.status_code == 507
    assert (taken.status_code, taken.json()["today"]["used"]) == (201, 1)


def test_a_page_opens_though_the_use_of_a_token_cannot_be_noted(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OperationalError("UPDATE", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(tokens, "note_use", full)

    assert installation.client("student0").get("/api/me").status_code == 200
    assert "was not noted" in caplog.text


def test_other_faults_of_the_system_are_no_full_disk() -> None:
    assert not is_disk_full(OSError(errno.EACCES, "no"))
    assert not is_disk_full(OperationalError("SELECT", {}, sqlite3.OperationalError("no such table: x")))
    assert not is_disk_full(OperationalError("SELECT", {}, psycopg.errors.LockNotAvailable()))
    assert is_disk_full(OSError(errno.EDQUOT, "quota"))
    assert is_disk_full(OperationalError("INSERT", {}, psycopg.errors.DiskFull()))
