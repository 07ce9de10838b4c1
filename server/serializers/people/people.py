"""The shapes of the web API's answers about people and their tokens."""

from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from server.clock import iso
from server.domain.people import courses
from server.domain.people.members.notes import WrittenNote
from server.models import ApiToken, User
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
    created_at: Time
    last_used_at: Time | None


class TokenListJson(TypedDict):
    """The viewer's live tokens."""

    tokens: list[TokenJson]


class NewTokenJson(TypedDict):
    """A new personal token; the one time that its secret is shown."""

    token: str
    name: str
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
        "created_at": iso(row.created_at),
        "last_used_at": iso_or_none(row.last_used_at),
    }


def note(row: WrittenNote) -> Json:
    """A note of the staff about a person."""
    return {"author": row.author, "body": row.note.body, "created_at": iso(row.note.created_at)}
