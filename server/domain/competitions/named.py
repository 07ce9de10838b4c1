"""Competitions by their slugs, for commands on the server, whoever runs them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.errors import NotFound
from server.models import Competition, Course


def competition_named(session: Session, slug: str) -> Competition:
    """The competition with this slug; raises NotFound with those that there are."""
    competition = session.scalar(select(Competition).where(Competition.slug == slug))
    if competition is None:
        known = ", ".join(session.scalars(select(Competition.slug).order_by(Competition.slug)))
        raise NotFound(
            Message(
                "There is no competition '{slug}'; there are: {known}.",
                slug=slug,
                known=known or Message("none"),
            )
        )
    return competition


def slugs_of(session: Session, *, course: Course) -> set[str]:
    """The slugs of a course's competitions."""
    return set(session.scalars(select(Competition.slug).where(Competition.course_id == course.id)))
