"""A file as it is sent, and what is sent with it."""

from dataclasses import dataclass

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.submissions.origin import Origin
from server.models import Via

KEY_LENGTH = 100


@dataclass(frozen=True)
class Cover:
    """What comes with a file's bytes: its name, the key of the request, the note, by which way, from what."""

    file_name: str
    idempotency_key: str | None = None
    note: str = ""
    via: Via | None = None
    origin: Origin | None = None


@dataclass(frozen=True)
class Upload:
    """A file by its name as the student gave it, its hash, and its size in bytes.

    note: what the team wrote beside it, as `notes.checked` gives it. via: by which way it came; None for a
    baseline's. origin: what it was made by, as its sender says.
    """

    file_name: str
    sha256: str
    size: int
    idempotency_key: str | None = None
    note: str = ""
    via: Via | None = None
    origin: Origin | None = None

    @classmethod
    def of(cls, cover: Cover, *, sha256: str, size: int) -> "Upload":
        """The file with this hash and size that came with this."""
        return cls(cover.file_name, sha256, size, cover.idempotency_key, cover.note, cover.via, cover.origin)


def require_short_key(idempotency_key: str | None) -> None:
    """Raise Invalid for an Idempotency-Key that does not fit its column."""
    length = len(idempotency_key or "")
    if length > KEY_LENGTH:
        facts = {"length": length, "most": KEY_LENGTH}
        raise Invalid(Message("The Idempotency-Key has {length} characters; at most {most} fit.", **facts))
