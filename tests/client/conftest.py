"""A server that gives prepared answers, an empty home, and the command to run there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from client import credentials
from client.__main__ import main
from client.api import transport, uploads
from client.api.client import Api
from tests.client.answers import TOKEN
from tests.client.stub_server import StubServer, running


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit status and what it wrote."""

    status: int
    out: str
    err: str


class Terminal(StringIO):
    """Standard input with a person behind it."""

    def isatty(self) -> bool:
        return True


Splitboard = Callable[..., Ended]


@pytest.fixture
def server() -> Iterator[StubServer]:
    with running() as stub:
        yield stub


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty configuration folder, no settings from outside, and no waiting between tries."""
    config = tmp_path / "config"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("SPLITBOARD_URL", raising=False)
    monkeypatch.setenv("SPLITBOARD_PROFILE", "")  # empty, so that what a command sets is taken back
    monkeypatch.setenv("SPLITBOARD_QUIET", "")
    monkeypatch.delenv("SPLITBOARD_TOKEN", raising=False)
    monkeypatch.setattr(uploads, "PAUSES_SECONDS", (0.01, 0.01, 0.01, 0.01))
    monkeypatch.setattr(uploads, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(transport, "PAUSE_SECONDS", 0.01)
    monkeypatch.chdir(tmp_path)
    return config


@pytest.fixture
def api(server: StubServer) -> Iterator[Api]:
    with Api(server.url, TOKEN) as connection:
        yield connection


@pytest.fixture
def splitboard(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Splitboard:
    """The command, run in this process with its words and, as from a pipe, its standard input."""
    return lambda *words, stdin="": _ended(words, StringIO(stdin), capsys, monkeypatch)


@pytest.fixture
def at_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Splitboard:
    """The same with a person at a terminal, who types `stdin`."""
    return lambda *words, stdin="": _ended(words, Terminal(stdin), capsys, monkeypatch)


def _ended(
    words: tuple[str, ...],
    stdin: StringIO,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Ended:
    monkeypatch.setattr("sys.stdin", stdin)
    with pytest.raises(SystemExit) as left:
        main(words)
    written = capsys.readouterr()
    return Ended(int(left.value.code or 0), written.out, written.err)


@pytest.fixture
def signed_in(server: StubServer) -> str:
    """Alice's kept token for the server; the value is the token."""
    credentials.save(credentials.Credentials(url=server.url, token=TOKEN, username="alice"))
    return TOKEN


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    path = tmp_path / "pred.csv"
    path.write_bytes(b"id,label\na1,0\n")
    return path
