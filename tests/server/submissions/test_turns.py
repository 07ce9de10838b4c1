"""Before a file is read: whoever has no slot left learns it first, and a user sends two files at a time."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message

from server.domain.errors import TooManyUploads
from server.services.grading import turns
from server.services.grading.turns import Turns
from tests.support.browser import browser
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

PATH = "/api/competitions/tiny/submissions"
HEAD = {"type": "http", "http_version": "1.1", "query_string": b"", "client": ("127.0.0.1", 1)}
SIZE = 20_000_000


class UnreadBody(Exception):
    """A body was asked for that nobody should read."""


def status_without_body(installation: Installation, path: str, *, cookie: str = "") -> int:
    """What a POST of twenty megabytes by student0 is answered whose body raises when it is read."""
    messages: list[Message] = []
    headers = {"host": "testserver", "content-length": str(SIZE), "origin": "http://testserver"}
    headers |= (
        {"cookie": cookie} if cookie else {"authorization": f"Bearer {installation.tokens['student0']}"}
    )

    async def receive() -> Message:
        raise UnreadBody

    async def send(message: Message) -> None:
        messages.append(message)

    scope: dict[str, Any] = {
        **HEAD,
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
    }
    scope |= {"headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
    scope |= {"server": ("testserver", 80), "root_path": "", "state": {}}
    asyncio.run(installation.app(scope, receive, send))
    status: int = messages[0]["status"]
    return status


@pytest.mark.both
def test_who_has_no_slot_left_learns_it_before_the_file_is_read(installation: Installation) -> None:
    client, files = (
        installation.client("student0"),
        [predictions(400, accuracy=0.6, seed=n) for n in range(5)],
    )
    for number, data in enumerate(files):
        assert client.post(PATH, content=data, headers={"Idempotency-Key": f"k{number}"}).status_code == 201

    assert status_without_body(installation, PATH) == 429
    assert client.post(PATH, content=files[2]).json()["repeated"] is True
    keyed = client.post(PATH, content=files[4], headers={"Idempotency-Key": "k4"})
    assert keyed.json()["repeated"] is True


def test_the_page_asks_before_it_reads_the_form(installation: Installation) -> None:
    page = browser(installation)
    page.post("/sign-in", data={"username": "student0", "password": "correct horse battery"})
    cookie = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
    for number in range(5):
        installation.submit_accuracy("student0", 0.6, number)

    assert status_without_body(installation, "/competitions/tiny/submit", cookie=cookie) == 429


def test_who_sent_too_many_invalid_files_learns_it_before_the_next_is_read(
    installation: Installation,
) -> None:
    installation.context.settings.invalid_per_hour = 1
    installation.client("student0").post(PATH, content=b"wrong\n")

    assert status_without_body(installation, PATH) == 429


def test_a_users_third_file_waits_for_the_others_and_is_refused_when_they_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.0)
    senders = Turns()

    async def third() -> str:
        async with senders.one(7), senders.one(7), senders.one(8):
            with pytest.raises(TooManyUploads, match="still on their way"):
                await senders.one(7).__aenter__()
        async with senders.one(7):
            return "welcome"

    assert asyncio.run(third()) == "welcome"
