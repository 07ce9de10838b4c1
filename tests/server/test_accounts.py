"""Users, signing in, tokens and sessions, on both databases."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server import security
from server.domain import accounts, credentials
from server.domain.errors import Conflict, Invalid, NotFound, NotSignedIn
from server.models import AuditEntry, SignInThrottle, User, WebSession
from tests.installation import PASSWORD, Installation

IDLE = timedelta(hours=12)
WRONG = {"username": "student0", "password": "not the password", "name": "laptop"}
RIGHT = WRONG | {"password": PASSWORD}


def create(installation: Installation, username: str) -> User:
    return installation.db.write(
        lambda session: accounts.create_user(
            session, username=username, display_name="", by=None, now=installation.clock()
        )
    )


@pytest.mark.parametrize("twin", ["Student0", "STUDENT0", " student0 ", "ｓｔｕｄｅｎｔ０"])
def test_names_that_look_alike_are_one_name(installation: Installation, twin: str) -> None:
    with pytest.raises(Conflict, match="already"):
        create(installation, twin)


@pytest.mark.parametrize("bad", ["", "  ", "a b", "a\u200bb", "a\tb", "x" * 201, "\ufdfa" * 20])
def test_a_name_nobody_can_type_is_refused(installation: Installation, bad: str) -> None:
    with pytest.raises(Invalid, match="user name"):
        create(installation, bad)


@pytest.mark.parametrize("password", ["", "1234567", "x" * 201])
def test_a_password_has_eight_to_two_hundred_characters(password: str) -> None:
    with pytest.raises(Invalid, match=f"has {len(password)}"):
        accounts.chosen_password_hash(password)


def test_signing_in_gives_a_token_that_acts_as_its_owner(installation: Installation) -> None:
    made = installation.client(None).post("/api/tokens", json=RIGHT | {"username": "STUDENT0"})

    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    body = made.json()
    assert body["user"] == {
        "username": "student0",
        "display_name": "Student0",
        "is_admin": False,
        "courses": [{"slug": "ml", "title": "ML", "role": "student"}],
    }
    me = installation.client(None).get("/api/me", headers={"Authorization": f"Bearer {body['token']}"})
    assert me.json() == body["user"]
    assert me.headers["cache-control"] == "no-store"


def test_a_list_shows_how_a_token_begins_and_never_its_secret(installation: Installation) -> None:
    listed = installation.client("student0").get("/api/tokens")

    secret = installation.tokens["student0"]
    assert [(each["name"], each["prefix"]) for each in listed.json()["tokens"]] == [("test", secret[:12])]
    assert secret not in listed.text


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
        found = Counter(pool.map(guess, range(40)))

    assert found == {"counted": accounts.TRIES, "refused": 40 - accounts.TRIES}


def test_counts_that_are_past_are_removed(installation: Installation) -> None:
    def guess(name: str) -> None:
        installation.db.write(
            lambda session: accounts.begin_sign_in(session, username=name, now=installation.clock())
        )

    for number in range(5):
        guess(f"nobody{number}")
    installation.clock.advance(accounts.TRY_EVERY)
    guess("student0")

    kept = installation.db.read(lambda session: list(session.scalars(select(SignInThrottle.username_key))))
    assert kept == ["student0"]


def test_a_password_that_changes_while_it_is_checked_lets_nobody_in(installation: Installation) -> None:
    user, now = installation.user("student0"), installation.clock()
    tried = installation.db.write(
        lambda session: accounts.begin_sign_in(session, username="student0", now=now)
    )
    stored = accounts.chosen_password_hash("another password")
    installation.db.write(
        lambda session: accounts.set_password(session, user=user, password_hash=stored, by=None, now=now)
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


def test_a_revoked_token_opens_nothing_and_nobody_revokes_anothers(installation: Installation) -> None:
    token_id = installation.client("student0").get("/api/tokens").json()["tokens"][0]["id"]

    assert installation.client("student1").delete(f"/api/tokens/{token_id}").status_code == 404
    assert installation.client("student0").delete(f"/api/tokens/{token_id}").status_code == 204
    assert installation.client("student0").get("/api/me").status_code == 401


def test_a_token_revoked_already_is_not_found(installation: Installation) -> None:
    user, now = installation.user("student0"), installation.clock()

    def revoke_twice(session: Session) -> None:
        token_id = credentials.tokens_of(session, user=user)[0].id
        for _ in range(2):
            credentials.revoke_token(session, token_id=token_id, user=user, now=now)

    with pytest.raises(NotFound):
        installation.db.write(revoke_twice)


def test_a_tokens_last_use_is_noted_once_an_hour(installation: Installation) -> None:
    client = installation.client("student0")
    noted = []
    for _ in range(4):
        client.get("/api/me")
        noted.append(client.get("/api/tokens").json()["tokens"][0]["last_used_at"])
        installation.clock.advance(timedelta(minutes=30))

    assert noted[0] == noted[1] == "2030-03-13T04:00:00.000000Z"
    assert noted[2] == noted[3] == "2030-03-13T05:00:00.000000Z"


def test_a_worker_token_needs_an_admin_and_is_audited(installation: Installation) -> None:
    now = installation.clock()
    with pytest.raises(Exception, match="admin"):
        installation.db.write(
            lambda session: credentials.make_worker_token(
                session, user=installation.user("tina"), name="gpu", by=None, now=now
            )
        )

    made = installation.db.write(
        lambda session: credentials.make_worker_token(
            session, user=installation.user("root"), name="gpu", by=None, now=now
        )
    )

    entries = installation.db.read(
        lambda session: list(
            session.scalars(select(AuditEntry.subject).where(AuditEntry.act == "worker_token_made"))
        )
    )
    assert made.secret.startswith("sbw_")
    assert f"token {made.token.id}" in entries
    assert made.secret not in repr(made)


def open_browser(installation: Installation, name: str) -> str:
    user = installation.user(name)
    return installation.db.write(
        lambda session: (
            credentials.open_session(session, user=user, idle=IDLE, now=installation.clock()).secret
        )
    )


def visit(installation: Installation, secret: str) -> str:
    found = installation.db.read(
        lambda session: credentials.visitor(session, secret=secret, idle=IDLE, now=installation.clock())
    )
    installation.db.write(
        lambda session: credentials.renew_session(
            session, web_session=found.web_session, idle=IDLE, now=installation.clock()
        )
    )
    return found.user.username


def test_a_session_ends_after_twelve_idle_hours_to_the_microsecond(installation: Installation) -> None:
    secret = open_browser(installation, "student0")
    installation.clock.advance(IDLE - timedelta(microseconds=1))
    assert visit(installation, secret) == "student0"

    installation.clock.advance(IDLE)

    with pytest.raises(NotSignedIn):
        visit(installation, secret)


def test_a_busy_session_ends_after_a_week(installation: Installation) -> None:
    secret = open_browser(installation, "student0")
    for _ in range(27):
        installation.clock.advance(timedelta(hours=6))
        assert visit(installation, secret) == "student0"

    installation.clock.advance(timedelta(hours=6))

    with pytest.raises(NotSignedIn):
        visit(installation, secret)


def test_signing_out_ends_the_session_on_the_server_and_no_other(installation: Installation) -> None:
    here, there = open_browser(installation, "student0"), open_browser(installation, "student0")

    installation.db.write(lambda session: credentials.close_session(session, secret=here))

    assert visit(installation, there) == "student0"
    with pytest.raises(NotSignedIn):
        visit(installation, here)


def test_each_sign_in_has_a_cookie_and_a_form_token_of_its_own(installation: Installation) -> None:
    secrets = {open_browser(installation, "student0") for _ in range(3)}

    rows = installation.db.read(lambda session: list(session.scalars(select(WebSession))))
    assert {row.sha256 for row in rows} == {security.sha256_of(secret) for secret in secrets}
    assert len({row.form_token for row in rows}) == 3


def test_a_new_password_ends_every_session(installation: Installation) -> None:
    secret, user = open_browser(installation, "student0"), installation.user("student0")
    stored = accounts.chosen_password_hash("another password")

    installation.db.write(
        lambda session: accounts.set_password(
            session, user=user, password_hash=stored, by=user.id, now=installation.clock()
        )
    )

    with pytest.raises(NotSignedIn):
        visit(installation, secret)


def test_a_deactivated_account_loses_sessions_and_tokens_and_cannot_sign_in(
    installation: Installation,
) -> None:
    secret, user = open_browser(installation, "student0"), installation.user("student0")

    installation.db.write(
        lambda session: accounts.deactivate(session, user=user, by=None, now=installation.clock())
    )

    assert installation.client("student0").get("/api/me").status_code == 401
    assert installation.client(None).post("/api/tokens", json=RIGHT).status_code == 401
    with pytest.raises(NotSignedIn):
        visit(installation, secret)


def test_an_account_that_is_switched_on_again_needs_new_tokens(installation: Installation) -> None:
    user, now = installation.user("student0"), installation.clock()
    installation.db.write(lambda session: accounts.deactivate(session, user=user, by=None, now=now))

    installation.db.write(lambda session: accounts.reactivate(session, user=user, by=None, now=now))

    assert installation.client("student0").get("/api/me").status_code == 401
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
