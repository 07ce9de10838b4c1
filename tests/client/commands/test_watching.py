"""`splitboard submit --watch DIR` sends what settles, within the limit, and says why it ends."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from client.commands import watching
from tests.client import answers
from tests.client.conftest import Splitboard
from tests.client.stub_server import Answer, StubServer

DOOR = "/api/competitions/food/submissions"
GOOD = b"id,label\na1,0\n"
Step = Callable[[], object]


@pytest.fixture
def folder(tmp_path: Path, server: StubServer, signed_in: str) -> Path:
    server.prepare("GET", "/api/competitions/food", Answer(body=answers.competition()))
    path = tmp_path / "out"
    path.mkdir()
    (path / "old.csv").write_bytes(GOOD)
    return path


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What happens to the folder at each look; after the last, Ctrl-C."""

    def plan(*each: Step | None) -> None:
        waiting: Iterator[Step | None] = iter(each)

        def sleep(_: float) -> None:
            try:
                step = next(waiting)
            except StopIteration:
                raise KeyboardInterrupt from None
            if step is not None:
                step()

        monkeypatch.setattr(watching, "time", SimpleNamespace(sleep=sleep))

    return plan


def receipts(*left: int) -> list[Answer]:
    return [Answer(201, answers.receipt(today={**answers.TODAY, "left": each})) for each in left]


def test_a_new_file_goes_when_it_has_settled_and_an_old_one_when_it_changes(
    server: StubServer, splitboard: Splitboard, folder: Path, steps: Callable[..., None]
) -> None:
    server.prepare("POST", DOOR, *receipts(2, 1))
    new, old = folder / "new.csv", folder / "old.csv"
    steps(
        lambda: new.write_bytes(b"id,la"),
        lambda: new.write_bytes(GOOD),
        None,
        lambda: (folder / "notes.txt").write_text("x"),
        lambda: old.write_bytes(GOOD + b"a2,1\n"),
        None,
        None,
    )

    ended = splitboard("submit", "food", "--watch", str(folder), "--note", "night")

    sent = server.asked_of("POST", DOOR)
    assert [(each.query["file_name"], each.body) for each in sent] == [
        ("new.csv", GOOD),
        ("old.csv", GOOD + b"a2,1\n"),
    ]
    assert {each.query["note"] for each in sent} == {"night"}
    assert ended.status == 130
    assert "Watching" in ended.err


def test_the_watch_ends_when_none_is_left(
    server: StubServer, splitboard: Splitboard, folder: Path, steps: Callable[..., None]
) -> None:
    server.prepare("POST", DOOR, *receipts(0))

    def two() -> None:
        for name in ("a.csv", "b.csv"):
            (folder / name).write_bytes(GOOD)

    steps(two, None)

    ended = splitboard("submit", "food", "--watch", str(folder))

    assert [each.query["file_name"] for each in server.asked_of("POST", DOOR)] == ["a.csv"]
    assert ended.status == 4
    assert ended.err.endswith("No submission is left today: the watch ends.\n")


def test_a_watch_that_has_none_left_does_not_begin(
    server: StubServer, splitboard: Splitboard, folder: Path
) -> None:
    none_left = answers.competition(today={**answers.TODAY, "left": 0})
    server.prepare("GET", "/api/competitions/food", Answer(body=none_left))

    ended = splitboard("submit", "food", "--watch", str(folder))

    assert ended.status == 4
    assert server.asked_of("POST", DOOR) == []


def test_an_invalid_file_is_shown_and_the_watch_goes_on(
    server: StubServer, splitboard: Splitboard, folder: Path, steps: Callable[..., None]
) -> None:
    refused = answers.refusal(422, "invalid_submission", "Not valid.", problems=[answers.PROBLEM])
    server.prepare("POST", DOOR, refused, *receipts(2))
    steps(
        lambda: (folder / "a.csv").write_bytes(b"x\n"),
        None,
        lambda: (folder / "b.csv").write_bytes(GOOD),
        None,
    )

    ended = splitboard("submit", "food", "--watch", str(folder), "--json")

    decoder, values, rest = json.JSONDecoder(), [], ended.out
    while rest.strip():
        value, end = decoder.raw_decode(rest)
        values.append(value)
        rest = rest[end:].lstrip()
    assert [value.get("error", {}).get("code") or value["state"] for value in values] == [
        "invalid_submission",
        "scored",
    ]


def test_a_limit_that_another_member_has_used_ends_the_watch(
    server: StubServer, splitboard: Splitboard, folder: Path, steps: Callable[..., None]
) -> None:
    server.prepare("POST", DOOR, answers.refusal(429, "daily_limit_reached", "None is left."))
    steps(lambda: (folder / "a.csv").write_bytes(GOOD), None, None)

    ended = splitboard("submit", "food", "--watch", str(folder))

    assert ended.status == 4
    assert "None is left." in ended.err


def test_a_file_and_a_folder_are_one_too_many(splitboard: Splitboard, folder: Path) -> None:
    both = splitboard("submit", "food", str(folder / "old.csv"), "--watch", str(folder))
    neither = splitboard("submit", "food")

    assert (both.status, neither.status) == (2, 2)
    assert "Give a file, or a folder with --watch." in both.err
