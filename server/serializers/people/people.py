"""The shapes of the web API's answers about people and their tokens."""

from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from server.clock import iso
from server.domain.people import courses
from server.domain.people.accounts.scopes import scopes_of
from server.domain.people.accounts.tokens import NewToken
from server.domain.people.members.notes import WrittenNote
from server.models import ApiToken, Scope, User
from server.serializers.values import Json, Time, iso_or_none


class MembershipJson(TypedDict):
    """A course that somebody is in: student, ta or instructor."""

    slug: str
    title: str
    role: str


class UserJson(TypedDict):
    """A user as they see themselves."""

    username: str
    display_name: str
    is_admin: bool
    wants_mail: bool
    language: str
    zone: str
    courses: list[MembershipJson]


class TokenJson(TypedDict):
    """A personal token without its secret: `prefix` tells which one it is."""

    id: int
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: Time
    expires_at: Time | None
    last_used_at: Time | None


class TokenListJson(TypedDict):
    """The viewer's tokens; those are over whose `expires_at` has passed."""

    tokens: list[TokenJson]


class NewTokenJson(TypedDict):
    """A new personal token; the one time that its secret is shown."""

    token: str
    name: str
    scopes: list[Scope]
    expires_at: Time | None
    user: UserJson


def user(session: Session, row: User) -> UserJson:
    """A user as they see themselves, with the role they have in each course."""
    return {
        "username": row.username,
        "display_name": row.display_name,
        "is_admin": row.is_admin,
        "wants_mail": row.wants_mail,
        "language": row.language,
        "zone": row.zone,
        "courses": [
            {"slug": membership.course.slug, "title": membership.course.title, "role": membership.role.value}
            for membership in courses.courses_of(session, user=row)
        ],
    }


def token(row: ApiToken) -> TokenJson:
    """A token as its owner may see it: by its first characters."""
    return {
        "id": row.id,
        "name": row.name,
        "prefix": row.prefix,
        "scopes": [each for each in Scope if each in scopes_of(row)],
        "created_at": iso(row.created_at),
        "expires_at": iso_or_none(row.expires_at),
        "last_used_at": iso_or_none(row.last_used_at),
    }


def new_token(session: Session, new: NewToken, owner: User) -> NewTokenJson:
    """A token just made, with its secret."""
    shown = token(new.token)
    return {
        "token": new.secret,
        "name": shown["name"],
        "scopes": shown["scopes"],
        "expires_at": shown["expires_at"],
        "user": user(session, owner),
    }


def note(row: WrittenNote) -> Json:
    """A note of the staff about a person."""
    return {"author": row.author, "body": row.note.body, "created_at": iso(row.note.created_at)}
