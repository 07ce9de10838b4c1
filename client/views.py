"""What a command has to show once its work is done, where one answer of the server is not the whole of it."""

from dataclasses import dataclass

from client.types import Competition, Leaderboard, Receipt, Row


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """Who is signed in where; the token is no part of it."""

    url: str
    username: str
    display_name: str


@dataclass(frozen=True, kw_only=True)
class SignedOut:
    """A token that is gone from this machine, and whether the server has ended it too."""

    url: str
    ended_on_server: bool


@dataclass(frozen=True, kw_only=True)
class DownloadedFile:
    """A public file on this machine; `was_here` says that it did not have to be fetched."""

    name: str
    path: str
    size: int
    sha256: str
    was_here: bool


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A well-formed file in a few numbers; `size` in bytes."""

    file: str
    rows: int
    columns: tuple[str, ...]
    size: int


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A receipt beside the competition it belongs to, for the metric's name and the course's zone."""

    receipt: Receipt
    competition: Competition


@dataclass(frozen=True, kw_only=True)
class Board:
    """A board, and the viewer's own row, which may stand further down than what is shown."""

    board: Leaderboard
    mine: Row | None
