"""The short way to a board lets through whom the long way lets through, and shows them the same board."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from server.database.database import EPOCH
from server.domain.boards.veil import Audience
from server.domain.competitions import access as competitions
from server.domain.errors import NotFound, NotSignedIn
from server.domain.people.accounts import credentials, secrets, tokens
from server.http.boards.fast_board import BY_BEARER, BY_VISITOR
from server.models import BoardNames, Competition, Course, Member, Right, Role, User, WithheldRight
from tests.support.browser import browser
from tests.support.installation import Installation

TICK = timedelta(microseconds=1)
WEEK = timedelta(days=7)
SEES_NO_NAMES = (Role.TA, Right.SEE_NAMES)
VEILS = (
    {"board_names": BoardNames.REAL, "board_rows": None},
    {"board_names": BoardNames.PSEUDONYMS, "board_rows": None},
    {"board_names": BoardNames.REAL, "board_rows": 5},
)


def instants(competition: Competition) -> Iterator[datetime]:
    """Before and at each border of the competition's states."""
    for border in ("opens_at", "deadline_at", "late_until", "reveal_at"):
        yield getattr(competition, border) - TICK
        yield getattr(competition, border)


def settle_member(
    session: Session, installation: Installation, role: Role | None, withheld: Right | None, is_active: bool
) -> None:
    """Make student0 a member of the course in this role and state, or none for no role."""
    user = installation.user("student0").id
    session.execute(delete(WithheldRight))
    session.execute(delete(Member).where(Member.user_id == user))
    if role is not None:
        course_id = installation.competition().course_id
        member = Member(course_id=course_id, user_id=user, role=role, is_active=is_active)
        session.add(member)
        session.flush()
        if withheld is not None:
            session.add(WithheldRight(member_id=member.id, withheld=withheld))


def settle_user(session: Session, *, is_admin: bool, is_active: bool) -> None:
    """Make student0 an admin or none, with an account that is on or off."""
    values = {"is_admin": is_admin, "is_active": is_active}
    session.execute(update(User).where(User.username == "student0").values(**values))


def the_long_way(installation: Installation, secret: str, session_secret: str, now: datetime) -> list[object]:
    """By token and by session: whether the private board may be shown, and for which audience.

    None for who may not see any.
    """

    def seen(session: Session, user: User) -> object:
        try:
            access = competitions.access(session, slug="tiny", user=user, now=now)
        except NotFound:
            return None
        return access.sees_private(now), access.audience

    def by_token(session: Session) -> object:
        try:
            return seen(session, tokens.bearer(session, secret=secret, now=now).user)
        except NotSignedIn:
            return None

    def by_session(session: Session) -> object:
        try:
            visitor = credentials.visitor(session, secret=session_secret, idle=WEEK, now=now)
        except NotSignedIn:
            return None
        return seen(session, visitor.user)

    return [installation.db.read(by_token), installation.db.read(by_session)]


def the_short_way(
    installation: Installation, secret: str, session_secret: str, now: datetime
) -> list[object]:
    """The same by the statements that the fast path has."""
    instant = (now - EPOCH) // TICK
    rows = [
        installation.db.first_row(BY_BEARER, (secrets.sha256_of(secret), "tiny", instant)),
        installation.db.first_row(BY_VISITOR, (secrets.sha256_of(session_secret), "tiny", instant)),
    ]
    audiences = (Audience.OPEN, Audience.VEILED)
    return [None if row is None else (bool(row[3]), audiences[row[4]]) for row in rows]


@pytest.mark.parametrize(("role", "withheld"), [*((role, None) for role in (None, *Role)), SEES_NO_NAMES])
@pytest.mark.parametrize("is_archived", [False, True])
def test_both_ways_answer_alike_in_every_role_state_and_time(
    installation: Installation, role: Role | None, withheld: Right | None, is_archived: bool
) -> None:
    competition = installation.competition()
    archived_at = competition.opens_at if is_archived else None
    opened = installation.db.write(
        lambda session: credentials.open_session(
            session, user=installation.user("student0"), idle=WEEK, now=competition.deadline_at - WEEK / 2
        )
    )
    ways = (installation.tokens["student0"], opened.secret)
    answers = []

    for veil, is_active_member, is_admin, is_active in product(VEILS, *[[True, False]] * 3):
        user = {"is_admin": is_admin, "is_active": is_active}
        installation.db.write(
            lambda session, veil=veil, is_here=is_active_member, user=user: (
                settle_member(session, installation, role, withheld, is_here),
                settle_user(session, **user),
                session.execute(update(Competition).values(archived_at=archived_at)),
                session.execute(update(Course).values(**veil)),
            )
        )
        for now in instants(competition):
            long, short = the_long_way(installation, *ways, now), the_short_way(installation, *ways, now)
            assert short == long, (role, veil, is_active_member, is_admin, is_active, now)
            answers += long

    met = [answer for answer in answers if answer is not None]
    assert None in answers
    assert True in {sees_private for sees_private, _ in met}
    assert (False in {sees_private for sees_private, _ in met}) == (role is Role.STUDENT)
    is_behind = role is Role.STUDENT or withheld is not None
    assert (Audience.VEILED in {audience for _, audience in met}) == is_behind


def test_a_revoked_token_a_workers_and_a_session_that_is_over_open_nothing(
    installation: Installation,
) -> None:
    now = installation.clock()
    user = installation.user("student0")
    opened = installation.db.write(
        lambda session: credentials.open_session(session, user=user, idle=timedelta(hours=1), now=now)
    )
    over = now + timedelta(hours=1)

    at_work = the_short_way(installation, installation.tokens["worker"], opened.secret, now)
    afterwards = the_short_way(installation, "sbp_unknown", opened.secret, over)

    assert at_work == [None, (False, Audience.OPEN)]
    assert afterwards == [None, None]


def test_whose_password_others_made_sees_no_board_before_their_own(installation: Installation) -> None:
    path = "/api/competitions/tiny/leaderboard/public"
    page = browser(installation, "student0")
    shown = [page.get(path).status_code for _ in range(2)]  # the second is of the fast path
    initial = update(User).where(User.username == "student0").values(password_is_initial=True)
    installation.db.write(lambda session: session.execute(initial))

    refused = page.get(path)

    assert shown == [200, 200]
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "own_password_needed")
