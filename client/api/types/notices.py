"""The values of the web API about announcements and notices (docs/api.md), one frozen dataclass each."""

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


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What concerns me, in a sentence without a score; `url` is the page to which it leads.

    course, competition: None where it is about my account.
    """

    key: str
    kind: str
    text: str
    url: str
    course: str | None
    competition: str | None
    made_at: Time
    read_at: Time | None


@dataclass(frozen=True, kw_only=True)
class Notices:
    """My newest notices, the newest first, and how many of them all are not read."""

    unread: int
    notices: tuple[Notice, ...]


@dataclass(frozen=True, kw_only=True)
class NoticeChoice:
    """A kind of notices that I may get: in words, and whether it comes by mail too."""

    kind: str
    words: str
    by_mail: bool


@dataclass(frozen=True, kw_only=True)
class NoticeChoices:
    """Every kind that I may get; without `wants_mail` none comes by mail, whatever was chosen."""

    wants_mail: bool
    kinds: tuple[NoticeChoice, ...]
