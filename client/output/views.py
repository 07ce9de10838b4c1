"""What a command has to show once its work is done, where one answer of the server is not the whole of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from client.api.types.boards import OwnRow
from client.api.types.competitions import Competition, Receipt, Standings


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
    """A board, and the viewer's own part of it, which may stand further down than what is shown."""

    board: Standings
    own: OwnRow = field(default_factory=lambda: OwnRow(row=None))


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was checked and holds."""

    what: str
    said: str


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What was verified of a receipt or a competition. told: what the receipt says, word for word.

    sealed_until: when the commitment opens, where that is still to come.
    """

    subject: str
    findings: tuple[Finding, ...]
    told: Mapping[str, object] = field(default_factory=dict)
    sealed_until: datetime | None = None
