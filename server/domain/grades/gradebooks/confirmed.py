"""Partners that staff have confirmed: who a row of another system's gradebook is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.audit.names import person
from server.domain.errors import Invalid, NotFound
from server.models import Course, GradebookPartner, Member, PrivateExport, Role, User

KEY_MOST = 200  # characters


@dataclass(frozen=True)
class ConfirmedPartner:
    """A key of another system, and the names of who it is and of whoever confirmed it ("" for a command)."""

    row: GradebookPartner
    name: str
    by: str


def confirmed_keys(session: Session, *, course_id: int) -> Mapping[str, int]:
    """The user ids of the course's students by the keys under which another system has them."""
    rows = session.execute(
        select(GradebookPartner.key, GradebookPartner.user_id).where(GradebookPartner.course_id == course_id)
    ).all()
    return dict(rows)


def of_course(session: Session, *, course: Course) -> list[ConfirmedPartner]:
    """All that were confirmed in the course, by key."""
    rows = session.execute(
        select(GradebookPartner, User.display_name)
        .join(User, User.id == GradebookPartner.user_id)
        .where(GradebookPartner.course_id == course.id)
        .order_by(GradebookPartner.key)
    ).all()
    ids = {row.confirmed_by for row, _ in rows if row.confirmed_by is not None}
    names = dict(session.execute(select(User.id, User.display_name).where(User.id.in_(ids))).all())
    return [ConfirmedPartner(row, name, names.get(row.confirmed_by or 0, "")) for row, name in rows]


def confirm(
    session: Session, *, export: PrivateExport, key: str, user_id: int, by: Actor, now: datetime
) -> None:
    """Remember that the export's row with this key is this student's; a key that was another's is theirs now.

    Raises Invalid for no such row, a person who is no student here, or one whom the file itself names.
    """
    keys = _keys_of_row(export, key)
    student = _require_free(session, export, user_id)
    course_id = export.course_id
    session.execute(select(Course.id).where(Course.id == course_id).with_for_update())
    _require_no_other_row(session, export, keys, student)
    former = delete(GradebookPartner).where(
        GradebookPartner.course_id == course_id, GradebookPartner.key.in_(keys)
    )
    session.execute(former)
    for text in keys:
        row = GradebookPartner(
            course_id=course_id, key=text, user_id=user_id, confirmed_by=by.user_id, confirmed_at=now
        )
        session.add(row)
    session.flush()
    _record(session, "partner_confirmed", course_id, user_id, by=by, now=now)


def _keys_of_row(export: PrivateExport, key: str) -> list[str]:
    """All keys of the row that is nobody's here."""
    keys = next((each["keys"] for each in export.facts["not_here"] if key in each.get("keys", ())), None)
    if keys is None:
        raise Invalid(Message("That export has no such row. Load the page again."))
    texts = [text for text in dict.fromkeys(keys) if text.strip()]
    if not texts or max(map(len, texts)) > KEY_MOST:
        raise Invalid(
            Message(
                "The row has no login and no number of at most {most} characters, so it cannot be "
                "remembered. Correct it there.",
                most=KEY_MOST,
            )
        )
    return texts


def _require_no_other_row(session: Session, export: PrivateExport, keys: list[str], student: User) -> None:
    """Raise Invalid where another row is this student's by a click: of the two none would be filled."""
    other_keys = {
        key for row in export.facts["not_here"] for key in row.get("keys", ()) if key not in set(keys)
    }
    known = session.scalars(
        select(GradebookPartner.key)
        .where(GradebookPartner.course_id == export.course_id, GradebookPartner.user_id == student.id)
        .order_by(GradebookPartner.key)
    ).all()
    is_filled = student.id in export.facts.get("confirmed", ())
    for key in known:
        if key in other_keys or (is_filled and key not in keys):
            raise Invalid(
                Message(
                    "{name} has been confirmed as '{key}' of that file already, so this row is somebody "
                    "else's. Choose another student, or take the other row back first.",
                    name=student.display_name,
                    key=key,
                )
            )


def _require_free(session: Session, export: PrivateExport, user_id: int) -> User:
    student = session.scalar(
        select(User)
        .join(Member, Member.user_id == User.id)
        .where(Member.course_id == export.course_id, Member.user_id == user_id, Member.role == Role.STUDENT)
    )
    if student is None:
        raise Invalid(Message("There is no such student in this course. Choose one from the list."))
    if user_id in export.facts.get("exact", ()):
        raise Invalid(
            Message(
                "{name} has a row of that file by login or number already, so this row is somebody else's. "
                "Choose another student.",
                name=student.display_name,
            )
        )
    return student


def revoke(session: Session, *, course: Course, partner_id: int, by: Actor, now: datetime) -> None:
    """Forget one of them; NotFound where the course has no such one."""
    user_id = session.scalar(
        delete(GradebookPartner)
        .where(GradebookPartner.id == partner_id, GradebookPartner.course_id == course.id)
        .returning(GradebookPartner.user_id)
    )
    if user_id is None:
        raise NotFound(Message("This partner was taken back before."))
    _record(session, "partner_revoked", course.id, user_id, by=by, now=now)


def _record(session: Session, name: str, course_id: int, user_id: int, *, by: Actor, now: datetime) -> None:
    """The trail names the account alone: a key may tell who somebody is after their data are deleted."""
    audit.record(session, audit.Act(name, person(user_id), course_id=course_id), by=by, now=now)
