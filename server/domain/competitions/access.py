"""What a competition is at an instant: its state, who may see it, how many slots are left today."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from grader.messages import COMMA, Message, joined
from server.clock import course_day, day_ends
from server.database.database import execute, table_of
from server.database.snapshot_memory import remembered
from server.domain.audit.actor import Actor
from server.domain.boards.veil import Audience, audience_of
from server.domain.competitions.terms import Terms, terms_of_user
from server.domain.errors import NotAllowed, NotFound, PrivateHidden
from server.domain.rights.of_tas import NO_RIGHTS, require_right, rights_of
from server.domain.rights.of_tokens import require_staff_scope
from server.models import (
    ALL_SCOPES,
    Competition,
    CompetitionFile,
    Course,
    Member,
    Right,
    Role,
    Scope,
    Submission,
    Tier,
    User,
)

# Who may see a competition, once for all ways to it: a condition on the user, on the membership, which need
# not exist, and on the competition, at the instant `now`.
IS_STAFF = or_(User.is_admin.is_(True), *(Member.role == role for role in Role if role.is_staff))
MAY_SEE = or_(IS_STAFF, and_(Member.role == Role.STUDENT, Competition.opens_at <= bindparam("now")))
_MET = (
    select(Competition, Course, Member.role)
    .join(Course, Course.id == Competition.course_id)
    .join(User, User.id == bindparam("user_id"))
    .outerjoin(
        Member,
        (Member.course_id == Course.id)
        & (Member.user_id == bindparam("user_id"))
        & Member.is_active.is_(True),
    )
    .where(MAY_SEE)
    .order_by(Competition.deadline_at, Competition.id)
)
_MET_BY_SLUG = _MET.where(Competition.slug == bindparam("slug"))
_SUBMISSION = table_of(Submission)
_USED = (
    select(func.count())
    .select_from(_SUBMISSION)
    .where(
        _SUBMISSION.c.team_id == bindparam("team_id"),
        _SUBMISSION.c.course_day == bindparam("course_day"),
        _SUBMISSION.c.slot.is_not(None),
    )
)


class CompetitionState(StrEnum):
    """Where a competition stands; follows from its times alone, so that every server agrees."""

    UPCOMING = "upcoming"
    OPEN = "open"
    LATE = "late"
    CLOSED = "closed"
    REVEALED = "revealed"


@dataclass(frozen=True)
class Today:
    """A team's course day: slots used and left, and the instant the next day begins."""

    day: date
    limit: int
    used: int
    resets_at: datetime

    @property
    def left(self) -> int:
        """How many submissions are left today."""
        return max(0, self.limit - self.used)


@dataclass(frozen=True)
class Access:
    """A competition as one user meets it: role and rights decide what they see, their team its terms."""

    competition: Competition
    course: Course
    role: Role
    user_id: int
    terms: Terms
    rights: frozenset[Right]
    scopes: frozenset[Scope] = ALL_SCOPES  # of the token by which they ask

    @property
    def actor(self) -> Actor:
        """This user as one who acts here."""
        return Actor(self.user_id)

    def state(self, now: datetime) -> CompetitionState:
        """The competition's state for this user's team."""
        return state_of(self.competition, self.terms, now)

    def takes_uploads(self, now: datetime) -> bool:
        """Whether a file sent now is taken, if only for practice or as a trial."""
        row = self.competition
        if self.role.is_staff:
            return row.archived_at is None
        is_open = now >= row.opens_at and row.archived_at is None
        return is_open and (row.has_practice or not self.terms.is_over(now))

    def is_practice(self, now: datetime) -> bool:
        """Whether a student's file sent now is scored and counts nowhere."""
        return not self.role.is_staff and self.terms.is_over(now)

    def grace_until(self, now: datetime) -> datetime | None:
        """The end of the grace that runs now, in which a file still counts as before; None outside of one."""
        for border in (self.terms.deadline_at, self.terms.late_until):
            if border <= now < border + self.terms.grace:
                return border + self.terms.grace
        return None

    def sees_private(self, now: datetime) -> bool:
        """Whether private scores may be shown: to staff with that right, to others from the reveal on."""
        return Right.SEE_PRIVATE in self.rights or is_revealed(self.competition, now)

    def holds(self, right: Right) -> bool:
        """Whether the caller has this right of the staff."""
        return right in self.rights

    @property
    def audience(self) -> Audience:
        """Whether the caller reads boards as they are, or behind the course's veil."""
        return audience_of(self.course, sees_names=self.holds(Right.SEE_NAMES))


def is_revealed(competition: Competition, now: datetime) -> bool:
    """Whether the private board is open to students; true from the very microsecond of `reveal_at`."""
    return now >= competition.reveal_at


def state_of(competition: Competition, terms: Terms, now: datetime) -> CompetitionState:
    """The competition's state at `now` for a team with these terms; every border is half-open."""
    if now >= competition.reveal_at:
        return CompetitionState.REVEALED
    if now < competition.opens_at:
        return CompetitionState.UPCOMING
    if now < terms.deadline_at:
        return CompetitionState.OPEN
    if now < terms.late_until:
        return CompetitionState.LATE
    return CompetitionState.CLOSED


def access(session: Session, *, slug: str, user: User, now: datetime) -> Access:
    """The competition `slug` as `user` meets it.

    Raises NotFound for those outside its course, and for students before it opens.
    """
    values: dict[str, int | str | datetime] = {"user_id": user.id, "slug": slug, "now": now}
    for access in _met_by(session, _MET_BY_SLUG, values, user=user):
        return access
    raise NotFound(
        Message(
            "There is no competition '{slug}' in your courses, or it has not opened. The first page, "
            "or `splitboard competitions`, lists yours.",
            slug=slug,
        )
    )


def mine(session: Session, *, user: User, now: datetime) -> list[Access]:
    """The competitions of `user`'s courses, the next deadline first, those not open yet for staff alone."""
    return _met_by(session, _MET, {"user_id": user.id, "now": now}, user=user)


def revealed_to_students(accesses: Iterable[Access], now: datetime) -> list[Competition]:
    """Of these, the competitions that their user meets as a student, and whose private board is open."""
    return [of.competition for of in accesses if not of.role.is_staff and is_revealed(of.competition, now)]


def _met_by(
    session: Session,
    query: Select[Competition, Course, Role],
    values: dict[str, int | str | datetime],
    *,
    user: User,
) -> list[Access]:
    accesses = []
    rows = session.execute(query, values).all()
    terms_here = terms_of_user(session, [competition for competition, _, _ in rows], user_id=user.id)
    for competition, course, role in rows:
        terms = terms_here[competition.id]
        role_here = Role.INSTRUCTOR if user.is_admin else role
        rights = rights_of(session, course_id=course.id, user_id=user.id, role=role_here)
        if Scope.STAFF not in user.token_scopes:
            rights = NO_RIGHTS
        accesses.append(Access(competition, course, role_here, user.id, terms, rights, user.token_scopes))
    return accesses


def require_staff(access: Access) -> None:
    """Raise NotAllowed unless the caller is a TA or an instructor of the course."""
    if not access.role.is_staff:
        raise NotAllowed(Message("This is for the course's staff: TAs and instructors."))


def require_rights(access: Access, rights: Collection[Right], now: datetime) -> None:
    """Raise NotAllowed unless the caller is of the staff and has all of these rights.

    What is private is nobody's secret after the reveal, so the right to see it is not asked for then.
    """
    require_staff(access)
    require_staff_scope(access.scopes)
    for right in rights:
        if right is Right.SEE_PRIVATE:
            require_private_visible(access, now)
        else:
            require_right(access.rights, right)


def require_private_visible(access: Access, now: datetime) -> None:
    """Raise PrivateHidden unless the caller may see private scores now; MissingScope if it is their token."""
    if not access.sees_private(now):
        if access.role.is_staff:
            require_staff_scope(access.scopes)
        raise PrivateHidden(access.competition.reveal_at, access.competition.reset_zone)


def today(
    session: Session, *, competition: Competition, terms: Terms, team_id: int | None, now: datetime
) -> Today:
    """How many of today's slots the team has used; a user without a team has used none."""
    day = course_day(now, competition.reset_zone)
    used = 0
    if team_id is not None:
        used = execute(session, _USED, {"team_id": team_id, "course_day": day}).scalar_one()
    return day_with(competition, terms=terms, day=day, used=used)


def day_with(competition: Competition, *, terms: Terms, day: date, used: int) -> Today:
    """A team's course day of which so many slots are used."""
    return Today(day, terms.limit_on(day), used, day_ends(day, competition.reset_zone))


def tier_names(session: Session, competition_id: int) -> list[str]:
    """The names of the competition's tiers, the easiest first."""
    names = remembered(
        session,
        ("tier names", competition_id),
        lambda: [tier.name.value for tier in tiers_of(session, competition_id)],
    )
    return list(names)


def tiers_of(session: Session, competition_id: int) -> list[Tier]:
    """The competition's tiers, the easiest first."""
    return list(
        session.scalars(select(Tier).where(Tier.competition_id == competition_id).order_by(Tier.place))
    )


def files_of(session: Session, competition_id: int) -> list[CompetitionFile]:
    """The competition's public files by name."""
    return list(
        session.scalars(
            select(CompetitionFile)
            .where(CompetitionFile.competition_id == competition_id)
            .order_by(CompetitionFile.name)
        )
    )


def file_named(session: Session, *, competition_id: int, name: str) -> CompetitionFile:
    """The public file of that name; NotFound lists the names there are."""
    files = {file.name: file for file in files_of(session, competition_id)}
    if name not in files:
        raise NotFound(
            Message(
                "There is no file '{name}' here; there are: {files}.",
                name=name,
                files=joined(*files, between=COMMA) if files else Message("none"),
            )
        )
    return files[name]
