"""API tokens and web sessions, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.audit.actor import COMMAND_LINE, Actor
from server.domain.errors import NotFound, NotSignedIn
from server.domain.people.accounts import accounts, credentials, tokens, worker_account
from server.domain.people.accounts import secrets as account_secrets
from server.models import AuditEntry, WebSession
from tests.support.installation import PASSWORD, Installation

pytestmark = pytest.mark.both

IDLE = timedelta(hours=12)
RIGHT = {"username": "student0", "password": PASSWORD, "name": "laptop"}


def test_a_list_shows_how_a_token_begins_and_never_its_secret(installation: Installation) -> None:
    listed = installation.client("student0").get("/api/tokens")

    secret = installation.tokens["student0"]
    assert [(each["name"], each["prefix"]) for each in listed.json()["tokens"]] == [("test", secret[:12])]
    assert secret not in listed.text


def test_a_revoked_token_opens_nothing_and_nobody_revokes_anothers(installation: Installation) -> None:
    token_id = installation.client("student0").get("/api/tokens").json()["tokens"][0]["id"]

    assert installation.client("student1").delete(f"/api/tokens/{token_id}").status_code == 404
    assert installation.client("student0").delete(f"/api/tokens/{token_id}").status_code == 204
    assert installation.client("student0").get("/api/me").status_code == 401


def test_a_token_revoked_already_is_not_found(installation: Installation) -> None:
    user, now = installation.user("student0"), installation.clock()

    def revoke_twice(session: Session) -> None:
        token_id = tokens.tokens_of(session, user=user)[0].id
        for _ in range(2):
            tokens.revoke_token(session, token_id=token_id, user=user, now=now)

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
            lambda session: tokens.make_worker_token(
                session, user=installation.user("tina"), name="gpu", by=COMMAND_LINE, now=now
            )
        )

    credential = installation.db.write(
        lambda session: tokens.make_worker_token(
            session, user=installation.user("root"), name="gpu", by=COMMAND_LINE, now=now
        )
    )

    entries = installation.db.read(
        lambda session: list(
            session.scalars(select(AuditEntry.subject).where(AuditEntry.act == "worker_token_made"))
        )
    )
    assert credential.secret.startswith("sbw_")
    assert f"token {credential.token.id}" in entries
    assert credential.secret not in repr(credential)


def open_browser(installation: Installation, name: str) -> str:
    user = installation.user(name)
    return installation.db.write(
        lambda session: (
            credentials.open_session(session, user=user, idle=IDLE, now=installation.clock()).secret
        )
    )


def visit(installation: Installation, secret: str) -> str:
    viewer = installation.db.read(
        lambda session: credentials.visitor(session, secret=secret, idle=IDLE, now=installation.clock())
    )
    installation.db.write(
        lambda session: credentials.renew_session(
            session, web_session=viewer.web_session, idle=IDLE, now=installation.clock()
        )
    )
    return viewer.user.username


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
    assert {row.sha256 for row in rows} == {account_secrets.sha256_of(secret) for secret in secrets}
    assert len({row.form_token for row in rows}) == 3


def test_a_new_password_ends_every_session(installation: Installation) -> None:
    secret, user = open_browser(installation, "student0"), installation.user("student0")
    stored = accounts.chosen_password_hash("another password")

    installation.db.write(
        lambda session: accounts.set_password(
            session, user=user, password_hash=stored, by=Actor(user.id), now=installation.clock()
        )
    )

    with pytest.raises(NotSignedIn):
        visit(installation, secret)


def test_a_deactivated_account_loses_sessions_and_tokens_and_cannot_sign_in(
    installation: Installation,
) -> None:
    secret, user = open_browser(installation, "student0"), installation.user("student0")

    installation.db.write(
        lambda session: accounts.deactivate(session, user=user, by=COMMAND_LINE, now=installation.clock())
    )

    assert installation.client("student0").get("/api/me").status_code == 401
    assert installation.client(None).post("/api/tokens", json=RIGHT).status_code == 401
    with pytest.raises(NotSignedIn):
        visit(installation, secret)


def test_an_account_that_is_switched_on_again_needs_new_tokens(installation: Installation) -> None:
    user, now = installation.user("student0"), installation.clock()
    installation.db.write(lambda session: accounts.deactivate(session, user=user, by=COMMAND_LINE, now=now))

    installation.db.write(lambda session: accounts.reactivate(session, user=user, by=COMMAND_LINE, now=now))

    assert installation.client("student0").get("/api/me").status_code == 401
    assert installation.client(None).post("/api/tokens", json=RIGHT).status_code == 201


def test_a_start_gives_the_embedded_worker_a_token_and_ends_that_of_the_start_before(
    installation: Installation,
) -> None:
    for start in ("first", "second"):
        installation.tokens[start] = installation.db.write(
            lambda session: worker_account.fresh_token(session, now=installation.clock())
        )

    claims = {
        start: installation.client(start).post("/api/worker/claim", json={"worker": "w"}).status_code
        for start in ("first", "second", "worker")
    }

    assert claims == {"first": 401, "second": 204, "worker": 204}
