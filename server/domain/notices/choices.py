"""Which notices come by mail: each person's choice for each kind, and what holds where nobody has chosen.

By default a mail brings what asks for an act, and what changes one's own result; the rest waits at the bell.
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, not_, select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.database.database import table_of, upsert
from server.models import Member, NoticeChoice, NoticeKind, Role, User

FOR_ALL = (
    NoticeKind.ANNOUNCEMENT,
    NoticeKind.DEADLINE,
    NoticeKind.RESCORED,
    NoticeKind.EXCLUDED,
    NoticeKind.INVITATION,
    NoticeKind.ALLOWANCE,
    NoticeKind.REPLY,
    NoticeKind.OPENED,
    NoticeKind.REVEALED,
)
FOR_STAFF = (
    NoticeKind.ANNOUNCEMENT,
    NoticeKind.QUESTION,
    NoticeKind.RUN_FAILED,
    NoticeKind.LOOK_ALIKES,
    NoticeKind.MAILS_REFUSED,
)
BELL_ALONE = frozenset({NoticeKind.OPENED, NoticeKind.REVEALED, NoticeKind.MAILS_REFUSED})
WORDS: dict[NoticeKind, Message] = {
    NoticeKind.ANNOUNCEMENT: Message("an announcement of the staff"),
    NoticeKind.DEADLINE: Message("a deadline within a day, and nothing handed in"),
    NoticeKind.RESCORED: Message("a rescore that changed one of your scores"),
    NoticeKind.EXCLUDED: Message("a submission of your team excluded, or restored"),
    NoticeKind.INVITATION: Message("an invitation into a team"),
    NoticeKind.ALLOWANCE: Message("an extension, or extra submissions"),
    NoticeKind.REPLY: Message("a reply to a question of your team"),
    NoticeKind.OPENED: Message("a new homework"),
    NoticeKind.REVEALED: Message("private scores revealed"),
    NoticeKind.QUESTION: Message("a question about a submission"),
    NoticeKind.RUN_FAILED: Message("a baseline run that failed"),
    NoticeKind.LOOK_ALIKES: Message("look-alikes among the submissions"),
    NoticeKind.MAILS_REFUSED: Message("mails that a mail server refused"),
}
_CHOICE = table_of(NoticeChoice)


def by_mail(kind: NoticeKind) -> ColumnElement[bool]:
    """Whether the user of a query gets this kind by mail too: a condition on their row of User."""
    against = exists().where(
        NoticeChoice.user_id == User.id,
        NoticeChoice.kind == kind,
        NoticeChoice.by_mail.is_(kind in BELL_ALONE),
    )
    chosen = against if kind in BELL_ALONE else not_(against)
    return and_(User.wants_mail.is_(True), chosen)


def of_person(session: Session, *, user: User) -> dict[NoticeKind, bool]:
    """Whether each kind comes by mail, of those that the person may get at all; in the order of the page."""
    rows = session.execute(
        select(NoticeChoice.kind, NoticeChoice.by_mail).where(NoticeChoice.user_id == user.id)
    )
    choices: dict[NoticeKind, bool] = dict(rows.all())
    return {kind: choices.get(kind, kind not in BELL_ALONE) for kind in _kinds_of(session, user)}


def _kinds_of(session: Session, user: User) -> list[NoticeKind]:
    roles = set(session.scalars(select(Member.role).where(Member.user_id == user.id, Member.is_active)))
    is_staff = any(role.is_staff for role in roles)
    kinds = [*(FOR_ALL if Role.STUDENT in roles or not is_staff else ()), *(FOR_STAFF if is_staff else ())]
    return list(dict.fromkeys(kinds))


def choose(session: Session, *, user: User, by_mail: Collection[NoticeKind]) -> None:
    """Get these kinds by mail, of all that the person may get, and no others."""
    for kind in _kinds_of(session, user):
        row = upsert(_CHOICE).values(user_id=user.id, kind=kind, by_mail=kind in by_mail)
        keys = ["user_id", "kind"]
        session.execute(
            row.on_conflict_do_update(index_elements=keys, set_={"by_mail": row.excluded.by_mail})
        )
