"""Competitions to be as Kaggle's client meets them: by their slugs alone, without their course."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.messages import COMMA, Message, joined
from server.domain.errors import Conflict, Invalid, NotFound
from server.domain.people import courses
from server.models import Competition, Course, Draft, DraftState, Role, User


def courses_led_by(session: Session, user: User) -> list[Course]:
    """The courses that the user may set up."""
    return [each.course for each in courses.courses_of(session, user=user) if each.role is Role.INSTRUCTOR]


def require_host(session: Session, user: User) -> None:
    """Raise NotAllowed for whoever leads no course."""
    courses.require_instructor(Role.INSTRUCTOR if courses_led_by(session, user) else Role.STUDENT)


def course_for(session: Session, user: User, number: int) -> Course:
    """The course with this number, or the only one that the user may set up where none is named.

    Raises NotAllowed for whoever leads none, Invalid with the numbers where there are several.
    """
    require_host(session, user)
    led = courses_led_by(session, user)
    chosen = [each for each in led if number in (0, each.id)]
    if len(chosen) == 1:
        return chosen[0]
    known = joined(*(f"{each.id} = {each.slug}" for each in led), between=COMMA)
    raise Invalid(
        Message(
            "Which course? Write its number as organizationId into competition-metadata.json: {courses}.",
            courses=known,
        )
    )


def draft_of(session: Session, slug: str, user: User) -> Draft | None:
    """The draft that is being written under this slug in a course that the user may set up, or None."""
    led = [each.id for each in courses_led_by(session, user)]
    of_slug = select(Draft).where(
        Draft.slug == slug, Draft.course_id.in_(led), Draft.state == DraftState.WRITTEN
    )
    return session.scalar(of_slug) if led else None


def draft_named(session: Session, slug: str, user: User) -> tuple[Course, Draft]:
    """The draft that is being written under this slug in a course that the user may set up, and the course.

    Raises NotFound, and Conflict once it is a competition or is launched.
    """
    require_host(session, user)
    led = {each.id: each for each in courses_led_by(session, user)}
    of_slug = select(Draft).where(Draft.slug == slug, Draft.course_id.in_(led))
    drafts = list(session.scalars(of_slug.where(Draft.state.in_([DraftState.WRITTEN, DraftState.LAUNCHING]))))
    for draft in drafts:
        if draft.state is DraftState.LAUNCHING:
            raise Conflict(Message("'{slug}' is being launched; wait until that is done.", slug=slug))
        return led[draft.course_id], draft
    launched = select(Competition.id).where(Competition.slug == slug, Competition.course_id.in_(led))
    if session.scalar(launched) is not None:
        raise Conflict(
            Message(
                "'{slug}' is launched. What it is by now is changed on its pages, each time with a reason.",
                slug=slug,
            )
        )
    raise NotFound(Message("There is no competition to be '{slug}' in a course of yours.", slug=slug))
