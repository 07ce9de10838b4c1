"""What can go wrong by the caller's doing, and the sentence that says so.

DomainError
    NotFound            there is no such thing, or it is not yours to know
    NotAllowed          your role may not do this
    NotOpen, Closed     the competition has not begun, or is over
    PrivateHidden       the private board opens at the reveal
    LimitReached        the daily limit, or too many invalid files
    DiskFull            there is no room for what was sent
    TooBusy             too many files are on their way at once
        TooManyUploads  of this user
    Conflict            somebody else was first, or the request contradicts what is
    Invalid             the request or the file is not well-formed

`server/app.py` holds the one table that turns these kinds into statuses.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from grader.messages import Message
from server.clock import iso
from server.local_time import local_text

DISK_SECONDS = 300  # after which a disk that was full may have room
RETRY_SECONDS = 5  # after which who met a busy server may try again


class DomainError(Exception):
    """A refusal. `code` is for programs, the message for people, `details` holds the message's facts."""

    code = "refused"

    def __init__(
        self, message: str, *, code: str | None = None, details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.details = details or {}


class NotFound(DomainError):
    """There is no such thing, or it is not the caller's to know of."""

    code = "not_found"


class NotAllowed(DomainError):
    """The caller's role may not do this."""

    code = "not_allowed"


class NotSignedIn(DomainError):
    """The caller is nobody we know."""

    code = "not_signed_in"


class Conflict(DomainError):
    """The request contradicts what already is."""

    code = "conflict"


class Invalid(DomainError):
    """The request is not well-formed."""

    code = "invalid_request"


class Malformed(Invalid):
    """The request has fields that are missing, too many or of another kind; `fields` has their names.

    errors: as Pydantic lists them; what it says of a field stays in its own words, which are English.
    """

    def __init__(self, errors: Sequence[Any]) -> None:
        wrong = [f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in errors]
        super().__init__(Message("The request is not as expected: {problems}.", problems="; ".join(wrong)))
        self.fields = tuple(str(each["loc"][-1]) for each in errors if each["loc"])


class TooLarge(DomainError):
    """The body is larger than the cap."""

    code = "too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(
            Message(
                "The file is larger than {limit:,} bytes, the most this competition takes. Upload "
                "predictions only, with the columns of sample_submission.csv; gzip or zip of the file is "
                "accepted.",
                limit=limit,
            ),
            details={"limit_bytes": limit},
        )


class AttachmentTooLarge(TooLarge):
    """A file beside a form is larger than it takes: a key, a gradebook, a roster, an archive."""

    def __init__(self, limit: int) -> None:
        DomainError.__init__(
            self,
            Message(
                "The file is larger than {limit:,} bytes, the most that is taken here. Look whether it is "
                "the right one.",
                limit=limit,
            ),
            details={"limit_bytes": limit},
        )


class DiskFull(DomainError):
    """The machine has no room left."""

    code = "disk_full"

    def __init__(self) -> None:
        super().__init__(
            Message(
                "The server's disk is full, so nothing was kept, and it cost no submission. Pages can be "
                "read as before. Tell the course's staff, and send it again when there is room."
            ),
            details={"resets_in_seconds": DISK_SECONDS},
        )


class TooBusy(DomainError):
    """Other files fill the memory for files on their way."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__(
            Message(
                "Many files are being uploaded just now, so yours was not taken, and it cost nothing. "
                "Send it again in a moment; `splitboard submit` does so by itself."
            ),
            details={"resets_in_seconds": RETRY_SECONDS},
        )


class TooManyUploads(TooBusy):
    """Earlier files of the same user are still on their way."""

    def __init__(self) -> None:
        DomainError.__init__(
            self,
            Message(
                "Your earlier files are still on their way, so this one was not read, and it cost "
                "nothing. Send it again when they have arrived."
            ),
            code="too_many_uploads",
            details={"resets_in_seconds": RETRY_SECONDS},
        )


class NotOpen(DomainError):
    """The competition has not begun."""

    code = "not_open"

    def __init__(self, opens_at: datetime, zone: str) -> None:
        super().__init__(
            Message(
                "This competition opens on {opens_at}. Nothing was stored; upload again then.",
                opens_at=local_text(opens_at, zone),
            ),
            details={"opens_at": iso(opens_at)},
        )


class Closed(DomainError):
    """The competition takes no more of this."""

    code = "closed"

    def __init__(self, message: str, closed_at: datetime) -> None:
        super().__init__(message, details={"closed_at": iso(closed_at)})


class PrivateHidden(DomainError):
    """The private board is hidden until the reveal."""

    code = "private_hidden"

    def __init__(self, reveal_at: datetime, zone: str) -> None:
        super().__init__(
            Message(
                "The private leaderboard opens on {reveal_at}. Until then nobody but staff sees it, so "
                "that no choice can be fitted to the private rows.",
                reveal_at=local_text(reveal_at, zone),
            ),
            details={"reveal_at": iso(reveal_at)},
        )


class LimitReached(DomainError):
    """No slot is left today, or too many invalid files came within the hour."""

    code = "daily_limit_reached"
