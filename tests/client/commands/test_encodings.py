"""Standard output that is not UTF-8: names lose a sign, and nothing fails."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from client import __main__ as entry
from client.commands.table import Command
from grader.messages import Message
from tests.client import answers
from tests.client.stub_server import Answer, StubServer

BOARD = "/api/competitions/food/leaderboard/public"
NAMES = ["H\u00e9l\u00e8ne", "\u9673\u602a\u541b", "Bj\u00f8rn\U0001f98a"]
Printed = Callable[..., str]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Printed:
    """What a command writes to standard output in an encoding; it must end well."""

    def run(encoding: str, *words: str) -> str:
        buffer = io.BytesIO()
        monkeypatch.setattr("sys.stdout", io.TextIOWrapper(buffer, encoding=encoding, write_through=True))
        with pytest.raises(SystemExit) as left:
            entry.main(words)
        assert not left.value.code
        return buffer.getvalue().decode(encoding)

    return run


@pytest.fixture
def board(server: StubServer, signed_in: str) -> None:
    rows = [answers.row(team=name, rank=number) for number, name in enumerate(NAMES, start=1)]
    rows[2] |= {"tied_with": 1}
    server.prepare("GET", BOARD, Answer(200, answers.board(*rows)))
    server.prepare("GET", f"{BOARD}/me", Answer(200, {"row": None}))


@pytest.mark.usefixtures("board")
@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp950", "utf-8"])
def test_a_board_prints_whatever_the_encoding(printed: Printed, encoding: str) -> None:
    lines = printed(encoding, "leaderboard", "food").splitlines()

    names = [line.split()[1] for line in lines[-3:]]
    assert names == [name.encode(encoding, "replace").decode(encoding) for name in NAMES]
    assert lines[-1].split()[0] == ("\u22483" if encoding == "utf-8" else "~3")


@pytest.mark.usefixtures("board")
@pytest.mark.parametrize("encoding", ["ascii", "cp950"])
def test_a_program_gets_every_name_whole_whatever_the_encoding(printed: Printed, encoding: str) -> None:
    board = json.loads(printed(encoding, "leaderboard", "food", "--json"))

    assert [row["team"] for row in board["rows"]] == NAMES


def test_a_server_command_prints_names_whatever_the_encoding(
    printed: Printed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "roster_in_place.py").write_text(
        f"def app(words, *, prog_name):\n    print({NAMES[1]!r})\n    raise SystemExit(0)\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(entry.COMMANDS, "roster", Command(entry.STAFF, "roster_in_place", Message("")))

    assert printed("ascii", "roster") == "???\n"
