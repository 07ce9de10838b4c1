"""Links that set a password: used once, over in time, silent about who there is; on both databases."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.audit.actor import COMMAND_LINE
from server.domain.people.accounts import accounts, secrets
from server.domain.people.passwords import links
from server.domain.people.passwords.links import LinkIsOver, NewLink
from server.models import ApiToken, AuditEntry, LinkKind, PasswordLink, WebSession
from tests.support.browser import browser
from tests.support.installation import Installation

pytestmark = pytest.mark.both

HASH = secrets.hash_initial_password("not to be slow")
KINDS = st.sampled_from(LinkKind)
MOVES = st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=3))
ACTS = st.lists(
    st.one_of(st.tuples(st.just("make"), KINDS), st.tuples(st.just("wait"), MOVES), st.just(("use", None))),
    min_size=2,
    max_size=8,
)


def new_link(installation: Installation, kind: LinkKind, name: str = "student0") -> NewLink:
    ids = [installation.user(name).id]
    return installation.db.write(
        lambda session: links.make(session, user_ids=ids, kind=kind, now=installation.clock())
    )[0]


def is_used(installation: Installation, link: NewLink) -> bool:
    """Try to set a password by the link; whether it let us."""
    try:
        installation.db.write(
            lambda session: links.use(
                session, secret=link.secret, password_hash=HASH, now=installation.clock()
            )
        )
    except LinkIsOver:
        return False
    return True


@pytest.mark.parametrize("kind", LinkKind)
def test_of_many_who_use_a_link_at_once_one_sets_a_password(
    installation: Installation, kind: LinkKind
) -> None:
    link = new_link(installation, kind)

    with ThreadPoolExecutor(8) as pool:
        outcomes = Counter(pool.map(lambda _: is_used(installation, link), range(16)))

    assert outcomes == {True: 1, False: 15}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_of_all_links_ever_made_only_the_newest_of_a_kind_works_once_and_in_its_time(
    installation: Installation, acts: list[tuple[str, object]]
) -> None:
    every: list[tuple[LinkKind, NewLink]] = []
    live: dict[LinkKind, NewLink] = {}
    installation.db.write(
        lambda session: accounts.end_links(session, user=accounts.user_named(session, "student0"))
    )
    for act, value in acts:
        if act == "make":
            live[value] = new_link(installation, value)
            every.append((value, live[value]))
        elif act == "wait":
            installation.clock.advance(value)
        else:
            for kind, link in every:
                works = live.get(kind) is link and installation.clock() < link.expires_at
                assert is_used(installation, link) == works
                live = {} if works else live  # a password that is set ends the links of both kinds


def test_parallel_links_of_one_kind_leave_one(installation: Installation) -> None:
    with ThreadPoolExecutor(8) as pool:
        every = list(pool.map(lambda _: new_link(installation, LinkKind.RESET), range(8)))

    count = installation.db.read(lambda session: session.scalar(select(func.count(PasswordLink.id))))
    assert count == 1
    assert sum(is_used(installation, link) for link in every) == 1


def test_a_reset_leaves_no_session_no_token_and_no_link(installation: Installation) -> None:
    opened = [browser(installation, "student0") for _ in range(3)]
    link, other = new_link(installation, LinkKind.RESET), new_link(installation, LinkKind.INVITATION)

    assert is_used(installation, link)

    user_id = installation.user("student0").id

    def left(session: Session) -> list[int | None]:
        sessions = select(func.count()).where(WebSession.user_id == user_id)
        tokens = select(func.count()).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        return [session.scalar(sessions), session.scalar(tokens)]

    assert installation.db.read(left) == [0, 0]
    assert {page.get("/account", follow_redirects=False).status_code for page in opened} == {303}
    assert not is_used(installation, other)


@pytest.mark.parametrize("ending", ["password", "deactivation"])
def test_a_link_ends_with_the_password_or_the_account_that_it_was_made_for(
    installation: Installation, ending: str
) -> None:
    link, user, now = (
        new_link(installation, LinkKind.RESET),
        installation.user("student0"),
        installation.clock(),
    )
    acts = {
        "password": lambda session: accounts.set_password(
            session, user=user, password_hash=HASH, by=COMMAND_LINE, now=now
        ),
        "deactivation": lambda session: accounts.deactivate(session, user=user, by=COMMAND_LINE, now=now),
    }

    installation.db.write(acts[ending])

    assert not is_used(installation, link)


def test_the_audit_trail_and_the_tables_hold_no_secret(installation: Installation) -> None:
    link = new_link(installation, LinkKind.RESET)
    stored = installation.db.read(lambda session: session.scalars(select(PasswordLink.sha256)).one())
    is_used(installation, link)

    entry = installation.db.read(
        lambda session: session.scalars(select(AuditEntry).where(AuditEntry.act == "password_set")).one()
    )

    assert stored == secrets.sha256_of(link.secret)
    assert entry.details == {"way": "reset"}
    assert entry.by == installation.user("student0").id
    assert link.secret not in repr(link)
