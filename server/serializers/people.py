"""The shapes of the web API's answers about people and their tokens."""

from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.people import courses
from server.models import ApiToken, User
from server.serializers.values import Json


def user(session: Session, row: User) -> Json:
    """A user as they see themselves, with the role they have in each course."""
    return {
        "username": row.username,
        "display_name": row.display_name,
        "is_admin": row.is_admin,
        "wants_mail": row.wants_mail,
        "courses": [
            {"slug": membership.course.slug, "title": membership.course.title, "role": membership.role.value}
            for membership in courses.courses_of(session, user=row)
        ],
    }


def token(row: ApiToken) -> Json:
    """A token as its owner may see it: by its first characters."""
    return {
        "id": row.id,
        "name": row.name,
        "prefix": row.prefix,
        "created_at": iso(row.created_at),
        "last_used_at": iso(row.last_used_at) if row.last_used_at else None,
    }
