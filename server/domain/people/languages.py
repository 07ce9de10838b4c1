"""The language that somebody's pages and mails are in, and a course's."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from grader.messages import Message
from languages.catalogue import available
from server.domain.errors import Invalid
from server.models import User


def choose(session: Session, *, user: User, language: str) -> None:
    """What the pages and mails of `user` are in: a tag such as "zh-TW", or "" for what the browser asks for.

    Raises Invalid for a language that is not there.
    """
    require_language(language)
    session.execute(update(User).where(User.id == user.id).values(language=language))


def require_language(language: str) -> None:
    """Raise Invalid unless `language` is the tag of one that is there, or empty."""
    if language and language not in available():
        raise Invalid(
            Message(
                "There is no language '{language}' here; there are {languages}.",
                language=language,
                languages=", ".join(available()),
            )
        )
