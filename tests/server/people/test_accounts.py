"""Users and signing in, on both databases."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.audit.actor import COMMAND_LINE
from server.domain.errors import Conflict, Invalid, NotSignedIn
from server.domain.people import accounts
from server.models import AuditEntry, SignInThrottle, User
from tests.support.installation import PASSWORD, Installation

pytestmark = pytest.mark.both

WRONG = {"username": "student0", "password": "not the password", "name": "laptop"}
RIGHT = WRONG | {"password": PASSWORD}


def create(installation: Installation, username: str) -> User:
    return installation.db.write(
        lambda session: accounts.create_user(
            session, accounts.NewUser(username, ""), by=COMMAND_LINE, now=installation.clock()
        )
    )


def test_names_that_look_alike_are_one_name(installation: Installation) -> None:
    twins = ["Student0", "STUDENT0", " student0 ", "ｓｔｕｄｅｎｔ０"]

    assert {accounts.username_key(twin) for twin in twins} == {"student0"}
    with pytest.raises(Conflict, match="already"):
        create(installation, twins[0])


@pytest.mark.parametrize("bad", ["", "  ", "a b", "a\u200bb", "a\tb", "x" * 201, "\ufdfa" * 20])
def test_a_name_nobody_can_type_is_refused(bad: str) -> None:
    with pytest.raises(Invalid, match="user name"):
        accounts.username_key(bad)


@pytest.mark.parametrize("password", ["", "1234567", "x" * 201])
def test_a_password_has_eight_to_two_hundred_characters(password: str) -> None:
    with pytest.raises(Invalid, match=f"has {len(password)}"):
        accounts.chosen_password_hash(password)


def test_signing_in_gives_a_token_that_acts_as_its_owner(installation: Installation) -> None:
    answer = installation.client(None).post("/api/tokens", json=RIGHT | {"username": "STUDENT0"})

    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["user"] == {
        "username": "student0",
        "display_name": "Student0",
        "is_admin": False,
        "wants_mail": True,
        "courses": [{"slug": "ml", "title": "ML", "role": "student"}],
    }
    me = installation.client(None).get("/api/me", headers={"Authorization": f"Bearer {body['token']}"})
    assert me.json() == body["user"]
    assert me.headers["cache-control"] == "no-store"


def test_an_unknown_user_and_a_wrong_password_get_the_same_answer(installation: Installation) -> None:
    client = installation.client(None)

    answers = [
        client.post("/api/tokens", json=WRONG | {"username": name}) for name in ("student0", "nobody", "a b")
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1


def test_wrong_passwords_are_slowed_down_alike_for_known_and_unknown_names(
    installation: Installation,
) -> None:
    client = installation.client(None)
    for name in ("student0", "nobody"):
        body = WRONG | {"username": name}

        statuses = [client.post("/api/tokens", json=body).status_code for _ in range(accounts.TRIES + 1)]
        refused = client.post("/api/tokens", json=body | {"password": PASSWORD})

        assert statuses == [401] * accounts.TRIES + [429]
        assert refused.status_code == 429
        assert refused.json()["error"]["code"] == "too_many_tries"
        assert refused.headers["retry-after"] == "60"


def test_a_minute_later_the_right_password_lets_in_and_clears_the_count(installation: Installation) -> None:
    client = installation.client(None)
    for _ in range(accounts.TRIES):
        client.post("/api/tokens", json=WRONG)
    installation.clock.advance(accounts.TRY_EVERY)

    assert client.post("/api/tokens", json=RIGHT).status_code == 201
    assert client.post("/api/tokens", json=WRONG).status_code == 401


def test_whoever_has_a_token_keeps_working_while_others_guess(installation: Installation) -> None:
    for _ in range(accounts.TRIES + 1):
        installation.client(None).post("/api/tokens", json=WRONG)

    assert installation.client("student0").get("/api/me").status_code == 200


def test_parallel_guesses_are_counted_one_by_one(installation: Installation) -> None:
    def guess(_: int) -> str:
        try:
            installation.db.write(
                lambda session: accounts.begin_sign_in(session, username="student0", now=installation.clock())
            )
        except accounts.TooManyTries:
            return "refused"
        return "counted"

    with ThreadPoolExecutor(12) as pool:
        outcomes = Counter(pool.map(guess, range(40)))

    assert outcomes == {"counted": accounts.TRIES, "refused": 40 - accounts.TRIES}


def test_counts_that_are_past_are_removed(installation: Installation) -> None:
    def guess(name: str) -> None:
        installation.db.write(
            lambda session: accounts.begin_sign_in(session, username=name, now=installation.clock())
        )

    for number in range(5):
        guess(f"nobody{number}")
    installation.clock.advance(accounts.TRY_EVERY)
    guess("student0")

    usernames = installation.db.read(
        lambda session: list(session.scalars(select(SignInThrottle.username_key)))
    )
    assert usernames == ["student0"]


def test_a_password_that_changes_while_it_is_checked_lets_nobody_in(installation: Installation) -> None:
    user, now = installation.user("student0"), installation.clock()
    tried = installation.db.write(
        lambda session: accounts.begin_sign_in(session, username="student0", now=now)
    )
    stored = accounts.chosen_password_hash("another password")
    installation.db.write(
        lambda session: accounts.set_password(
            session, user=user, password_hash=stored, by=COMMAND_LINE, now=now
        )
    )

    with pytest.raises(NotSignedIn):
        installation.db.write(lambda session: accounts.accept_sign_in(session, tried=tried, rehashed=None))


def test_the_first_sign_in_stores_a_hash_at_full_cost(installation: Installation) -> None:
    before = installation.user("student0").password_hash or ""

    installation.client(None).post("/api/tokens", json=RIGHT)

    after = installation.user("student0").password_hash or ""
    assert "m=8,t=1,p=1" in before
    assert "m=19456,t=2,p=1" in after
    assert installation.client(None).post("/api/tokens", json=RIGHT).status_code == 201


def test_an_admin_is_an_instructor_of_every_course(installation: Installation) -> None:
    shown = installation.client("root").get("/api/me").json()

    assert [(course["slug"], course["role"]) for course in shown["courses"]] == [
        ("ml", "instructor"),
        ("other", "instructor"),
    ]


def test_every_new_user_is_in_the_audit_trail(installation: Installation) -> None:
    def count(session: Session) -> tuple[int | None, int | None]:
        created = select(func.count()).select_from(AuditEntry).where(AuditEntry.act == "user_created")
        return session.scalar(created), session.scalar(select(func.count()).select_from(User))

    entries, users = installation.db.read(count)

    assert entries == users
