"""The values of the web API about the audit trail and about a person's data (docs/api.md)."""

from collections.abc import Mapping
from dataclasses import dataclass

from client.api.decode import Time
from client.api.types.competitions import Id


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One act of staff; `by` is a user name, or `-` for the installation's command line."""

    id: Id
    at: Time
    by: str
    act: str
    subject: str
    course: str
    competition: str
    reason: str
    before: Mapping[str, object]
    after: Mapping[str, object]
    details: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class EntryPage:
    """A page of the trail, the newest first; `next` is the following page's `below`, None on the last."""

    entries: tuple[Entry, ...]
    next: Id | None


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What became of a person's data: `files_left` could not be removed yet."""

    pseudonym: str
    submissions: int
    files_removed: int
    files_shared: int
    files_left: int
