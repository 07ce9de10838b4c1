"""Notes of the staff about a person of their course: short, with author and time, for staff alone."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.audit.names import person
from server.domain.errors import Invalid
from server.domain.people.members.member import CoursePerson
from server.models import StaffNote, User

NOTE_MOST = 2000  # characters


@dataclass(frozen=True)
class WrittenNote:
    """A note, and the name of its author."""

    note: StaffNote
    author: str


def add_note(session: Session, *, about: CoursePerson, body: str, by: Actor, now: datetime) -> StaffNote:
    """Write a note about somebody. Raises Invalid for an empty one, and for one that is too long."""
    text = body.replace("\r\n", "\n").strip()
    if not 1 <= len(text) <= NOTE_MOST:
        raise Invalid(
            Message(
                "A note has 1 to {most:,} characters; this one has {length:,}.",
                most=NOTE_MOST,
                length=len(text),
            )
        )
    note = StaffNote(
        course_id=about.member.course_id,
        user_id=about.user.id,
        author_id=by.person_id,
        body=text,
        created_at=now,
    )
    session.add(note)
    # The trail cannot be changed, so it tells that there is a note, and not what it says of a person.
    act = audit.Act("note_added", person(about.user.id), course_id=about.member.course_id)
    audit.record(session, act, by=by, now=now)
    return note


def notes_about(session: Session, *, about: CoursePerson) -> list[WrittenNote]:
    """The notes about somebody in one course, the newest first."""
    rows = session.execute(
        select(StaffNote, User.display_name)
        .join(User, User.id == StaffNote.author_id)
        .where(StaffNote.course_id == about.member.course_id, StaffNote.user_id == about.user.id)
        .order_by(StaffNote.id.desc())
    )
    return [WrittenNote(note, author) for note, author in rows]
