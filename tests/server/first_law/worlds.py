"""Two worlds that differ in the private labels alone: same ids, tokens, clock and files besides."""

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import update
from starlette.testclient import TestClient

from server.database.database import Database
from server.domain.files.file_store import FileStore
from server.models import AnswerKeyVersion
from tests.support import databases, tiny_homework
from tests.support.installation import Installation, opened, settled, store_of

ROTATED = str.maketrans(tiny_homework.CLASSES, tiny_homework.CLASSES[1:] + tiny_homework.CLASSES[0])
# What differs from request to request by design: nonces, form tokens, pseudonyms, how long grading took.
BY_DESIGN = [
    (re.compile(r'value="[\w-]{20,}"'), ""),
    (re.compile(r'"took_ms": ?[\d.]+'), ""),
    (re.compile(r'"pseudonym": ?"[^"]*"'), ""),  # drawn by chance
    (re.compile(r"(?<=Scored in )[\d.]+ m?s"), ""),
]
BY_THE_CLOCK = "board-age-ms"  # how long ago a board was looked at, by the machine's own clock


class WorldsDiffer(AssertionError):
    """An answer to somebody who may not see private scores depends on them."""


@dataclass
class Worlds:
    """The two installations; each request goes to both."""

    first: Installation
    second: Installation
    _clients: dict[str | None, tuple[TestClient, TestClient]] = field(default_factory=dict)

    def ask(self, username: str | None, method: str, path: str, **what: Any) -> int:
        """Send one request to both worlds and return its status.

        Raises WorldsDiffer for students and strangers whose answers differ in a byte.
        """
        if username not in self._clients:
            self._clients[username] = (self.first.client(username), self.second.client(username))
        one, other = (
            client.request(method, path, follow_redirects=False, **what) for client in self._clients[username]
        )
        may_see = username in {"tina", "iris", "root", "worker"}
        if not may_see and _seen(one) != _seen(other):
            raise WorldsDiffer(f"{username} {method} {path}:\n{_seen(one)}\n{_seen(other)}")
        return one.status_code

    def both(self, act: Any) -> None:
        """Do something in both worlds, whatever it answers."""
        act(self.first)
        act(self.second)


def _seen(answer: Any) -> tuple[int, list[tuple[str, str]], str]:
    text = answer.text
    for pattern, instead in BY_DESIGN:
        text = pattern.sub(instead, text)
    # An ETag is a hash of the whole text, and so of what differs by design.
    hidden = {"content-length"} | ({"etag"} if text != answer.text else set())
    headers = [
        (name, "" if name == BY_THE_CLOCK else value)
        for name, value in answer.headers.items()
        if name not in hidden
    ]
    return answer.status_code, sorted(headers), text


@contextmanager
def two_worlds(kind: str, folder: Path) -> Iterator[Worlds]:
    """A settled installation and its copy with other private labels, both at the same instant."""
    home, copy = folder / "one", folder / "other"
    home.mkdir()
    with ExitStack() as stack:
        url, tokens = stack.enter_context(settled(kind, home))
        with opened(url, home, tokens) as installation:
            for address in (
                "/api/receipt-key",
                "/lti/keys.json",
            ):  # which make the keys that sign in both worlds
                installation.client(None).get(address)
        shutil.copytree(home, copy)
        other_url = databases.copied(kind, url, copy)
        _rotate_private_labels(other_url, store_of(copy))
        worlds = Worlds(
            stack.enter_context(opened(url, home, tokens)),
            stack.enter_context(opened(other_url, copy, tokens)),
        )
        # A planted leak shall be found by the comparison, not by the published shapes that it breaks as well.
        worlds.first.kind_of_client = worlds.second.kind_of_client = TestClient
        yield worlds


def _rotate_private_labels(url: str, store: FileStore) -> None:
    db = Database(url)
    key = db.read(lambda session: session.query(AnswerKeyVersion).one())
    lines = store.read(key.sha256).decode().splitlines()
    twisted = [_rotated(line) if line.endswith(",Private") else line for line in lines]
    stored = store.put(("\n".join(twisted) + "\n").encode())
    db.write(lambda session: session.execute(update(AnswerKeyVersion).values(sha256=stored.sha256)))
    db.close()


def _rotated(line: str) -> str:
    number, label, split = line.split(",")
    return f"{number},{label.translate(ROTATED)},{split}"
