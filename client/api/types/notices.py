"""The values of the web API about announcements (docs/api.md), one frozen dataclass each."""

from dataclasses import dataclass

from client.api.decode import Time
from client.api.types.competitions import Id


@dataclass(frozen=True, kw_only=True)
class MailCounts:
    """How many mails of an announcement are sent, wait, and were refused for good."""

    sent: int
    waiting: int
    refused: int


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """An announcement; for students a withdrawn one has no text, and none has `mails`."""

    id: Id
    title: str | None
    body_md: str | None
    posted_at: Time
    posted_by: str
    withdrawn_at: Time | None
    mails: MailCounts | None = None
