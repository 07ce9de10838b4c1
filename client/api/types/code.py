"""The values of the web API about code that teams hand in (docs/api.md), one frozen dataclass each."""

from dataclasses import dataclass

from client.api.decode import Time
from client.api.types.competitions import Id


@dataclass(frozen=True, kw_only=True)
class CodeVersion:
    """A version of a team's code; `size` in bytes, `number` 1 is the team's first."""

    id: Id
    number: int
    file_name: str
    kind: str
    size: int
    sha256: str
    received_at: Time
    handed_in_by: str = ""
    is_late: bool = False
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class OwnCode:
    """The versions of one's own team, the newest first, which is the one that counts."""

    versions: tuple[CodeVersion, ...]
    is_open: bool = False
    closes_at: Time | None = None
    limit_bytes: int | None = None
    most_versions: int | None = None


@dataclass(frozen=True, kw_only=True)
class NewCode:
    """A version that was handed in; `repeated` when it was the newest one before, to the byte."""

    version: CodeVersion
    repeated: bool = False


@dataclass(frozen=True, kw_only=True)
class StudentCode:
    """A student, and what their team has handed in (staff)."""

    user_id: Id
    username: str
    name: str = ""
    student_number: str = ""
    team_id: Id | None = None
    has_submissions: bool = False
    versions: tuple[CodeVersion, ...] = ()
