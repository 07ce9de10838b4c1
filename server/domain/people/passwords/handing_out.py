"""Links that staff give to people: to one who cannot sign in, and to all of a course who are new.

Staff never type or see a password. Course staff give links to students of their course alone, and to nobody
who has more rights anywhere: whoever opens the link acts as its owner.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import reasons
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.audit.names import person
from server.domain.errors import Conflict, NotAllowed
from server.domain.people.accounts import accounts
from server.domain.people.members import member as members
from server.domain.people.passwords import link_mails, links
from server.domain.people.passwords.links import NewLink
from server.domain.people.passwords.reach import is_of_one_course, may_be_handed
from server.models import Course, LinkKind, Member, Role, User

ASKED_AT_ONCE = 500
_HAS_OWN_PASSWORD = User.password_hash.is_not(None) & User.password_is_initial.is_(False)


@dataclass(frozen=True)
class LinkReceiver:
    """Who is to get a link; `course` is the one whose staff give it, None for admins of the installation."""

    user: User
    course: Course | None


@dataclass(frozen=True)
class Slip:
    """What one person is handed: who they are here, and the link that is theirs."""

    name: str
    username: str
    link: NewLink


@dataclass(frozen=True)
class Newcomers:
    """Who has no password of their own in a course, and those whose links it may see: no other knows them."""

    course: Course
    all: list[User]
    to_hand: list[User]


def student_of(session: Session, *, course: Course, user_id: int) -> User:
    """The student whose password staff of the course may let be set anew.

    Raises NotFound for those outside the course, NotAllowed for staff of whatever course and for admins.
    """
    user = members.person_in(session, course=course, user_id=user_id).user
    if accounts.is_more_than_student(session, user):
        raise NotAllowed(
            Message(
                "{name} has more rights than a student, here or in another course. An admin of the "
                "installation can give them a link.",
                name=user.display_name,
            )
        )
    return user


def kind_for(user: User) -> LinkKind:
    """Which link somebody gets: an invitation as long as they have no password of their own."""
    has_own = user.password_hash is not None and not user.password_is_initial
    return LinkKind.RESET if has_own else LinkKind.INVITATION


def can_be_shown(session: Session, to: LinkReceiver) -> bool:
    """Whether who gives the link may see it: not where another course knows the person, too."""
    return to.course is None or may_be_handed(session, user=to.user, course_id=to.course.id)


def give_link(session: Session, to: LinkReceiver, *, reason: str, by: Actor, now: datetime) -> NewLink:
    """A link to hand over.

    Invalid without a reason, Conflict for an account switched off, NotAllowed where another course knows the
    person: whoever opens the link acts as its owner there, too.
    """
    if not can_be_shown(session, to):
        raise NotAllowed(
            Message(
                "{name} has a part in another course, too, so the link goes by mail alone. An admin of the "
                "installation can hand one over.",
                name=to.user.display_name,
            )
        )
    _record_one(session, to, "handed_over", reason=reason, by=by, now=now)
    return links.make(
        session,
        user_ids=[to.user.id],
        kind=kind_for(to.user),
        now=now,
        handed_by_course=None if to.course is None else to.course.id,
    )[0]


def mail_link(
    session: Session, to: LinkReceiver, *, reason: str, origin: str, by: Actor, now: datetime
) -> None:
    """Let a mail with a link go out; Invalid without a reason, Conflict without an address or an account."""
    _record_one(session, to, "mailed", reason=reason, by=by, now=now)
    kind = kind_for(to.user)
    title = to.course.title if to.course is not None else "Splitboard"
    is_new = kind is LinkKind.INVITATION
    count = link_mails.write_link_mails(
        session,
        user_ids=[to.user.id],
        letter=link_mails.invitation_letter(origin, course=title)
        if is_new
        else link_mails.reset_letter(origin),
        kind=kind,
        language=to.course.language if to.course is not None else "",
        now=now,
    )
    if count == 0:
        raise Conflict(Message("No mail address of {name} is known here.", name=to.user.display_name))


def _record_one(
    session: Session, to: LinkReceiver, way: str, *, reason: str, by: Actor, now: datetime
) -> None:
    if not to.user.is_active:
        raise Conflict(Message("The account of {name} is switched off.", name=to.user.display_name))
    act = audit.Act(
        "password_link_given",
        person(to.user.id),
        course_id=None if to.course is None else to.course.id,
        reason=reasons.required(reason),
        details={"way": way},
    )
    audit.record(session, act, by=by, now=now)


def newcomers(session: Session, course: Course) -> Newcomers:
    """The course's active students who have no password of their own yet, and no more rights anywhere."""
    here = select(Member.user_id).where(
        Member.course_id == course.id, Member.role == Role.STUDENT, Member.is_active.is_(True)
    )
    rows = session.execute(
        select(User, is_of_one_course(course).label("is_to_hand"))
        .where(User.id.in_(here), User.is_active.is_(True), ~_HAS_OWN_PASSWORD, ~accounts.has_more_rights())
        .order_by(User.username_key)
    ).all()
    return Newcomers(course, [row.User for row in rows], [row.User for row in rows if row.is_to_hand])


def slips_for(
    session: Session, people: Sequence[User], *, course: Course, by: Actor, now: datetime
) -> list[Slip]:
    """An invitation for each of these, to be handed out; earlier ones work no more."""
    new = links.make(
        session,
        user_ids=[each.id for each in people],
        kind=LinkKind.INVITATION,
        now=now,
        handed_by_course=course.id,
    )
    _record_all(session, len(people), "handed_over", course=course, by=by, now=now)
    pairs = zip(people, new, strict=True)
    return [Slip(user.display_name, user.username, link) for user, link in pairs]


def mail_invitations(
    session: Session, people: Sequence[User], *, course: Course, origin: str, by: Actor, now: datetime
) -> int:
    """Let a mail with an invitation go to each of these who has an address; how many those are."""
    letter = link_mails.invitation_letter(origin, course=course.title)
    ids = [each.id for each in people]
    count = sum(
        link_mails.write_link_mails(
            session,
            user_ids=ids[start : start + ASKED_AT_ONCE],
            letter=letter,
            kind=LinkKind.INVITATION,
            language=course.language,
            now=now,
        )
        for start in range(0, len(ids), ASKED_AT_ONCE)
    )
    _record_all(session, count, "mailed", course=course, by=by, now=now)
    return count


def _record_all(session: Session, count: int, way: str, *, course: Course, by: Actor, now: datetime) -> None:
    act = audit.Act(
        "invitations_given",
        f"course {course.slug}",
        course_id=course.id,
        details={"way": way, "people": count},
    )
    audit.record(session, act, by=by, now=now)


def without_passwords(session: Session, usernames: Iterable[str]) -> list[User]:
    """These new people, whose handed-out passwords open nothing any more: their links do."""
    names = list(usernames)
    people: list[User] = []
    for start in range(0, len(names), ASKED_AT_ONCE):
        some = User.username.in_(names[start : start + ASKED_AT_ONCE])
        session.execute(update(User).where(some).values(password_hash=None, password_is_initial=False))
        people += session.scalars(select(User).where(some).order_by(User.username_key))
    return people


def has_address(user: User) -> bool:
    """Whether a mail can go to the user."""
    return "@" in user.email
