"""The values of the web API about people and their tokens (docs/api.md), one frozen dataclass each."""

from dataclasses import dataclass, field

from client.api.decode import Time
from client.api.types.competitions import Id


@dataclass(frozen=True, kw_only=True)
class CourseMembership:
    """One course of the signed-in user, and the role there: student, ta or instructor."""

    slug: str
    title: str
    role: str


@dataclass(frozen=True, kw_only=True)
class User:
    """Who a token belongs to."""

    username: str
    display_name: str = ""
    is_admin: bool = False
    courses: tuple[CourseMembership, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NewToken:
    """A fresh API token; its text is shown this once, so it never appears in this object's repr."""

    token: str = field(repr=False)
    name: str
    user: User
    scopes: tuple[str, ...] = ()
    expires_at: Time | None = None


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token as the list shows it: the prefix tells which one it is, without its secret."""

    id: Id
    name: str
    prefix: str
    created_at: Time
    scopes: tuple[str, ...] = ()
    expires_at: Time | None = None
    last_used_at: Time | None = None
