"""A user header: believed from the proxy's own connection alone, and as long as it names nobody else."""

import re
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import update
from starlette.testclient import TestClient

from server.domain.audit.actor import COMMAND_LINE
from server.domain.people.accounts import accounts
from server.http.proxy import FromProxy
from server.models import User
from server.settings import Settings
from tests.support.browser import words
from tests.support.installation import Installation, event_loop

PROXY, ELSEWHERE = "10.1.0.7", "10.2.0.7"


def settings(installation: Installation, **own: str) -> Settings:
    """Settings by which connections of 10.1.0.0/24 may name their user."""
    named = {"user_header": "X-Remote-User", "user_header_from": "127.0.0.1, 10.1.0.0/24", **own}
    return installation.app.state.settings.model_copy(update=named)


def behind_proxy(installation: Installation, *, peer: str = PROXY, **own: str) -> TestClient:
    """A browser whose requests come from `peer`."""
    config = settings(installation, **own)
    installation.app.state.settings = config
    client = TestClient(
        FromProxy(installation.app, settings=config),
        client=(peer, 50000),
        headers={"Origin": "http://testserver"},
        raise_server_exceptions=False,
    )
    client.portal = event_loop()
    return client


def named(*names: str) -> list[tuple[str, str]]:
    return [("X-Remote-User", name) for name in names]


def signed_in_as(client: TestClient, *names: str) -> str:
    """Who is signed in when the proxy names these; empty for nobody."""
    answer = client.get("/api/me", headers=named(*names))
    return answer.json()["username"] if answer.is_success else ""


@pytest.mark.both
def test_whom_the_proxy_names_is_signed_in_where_they_wanted_to_go(installation: Installation) -> None:
    client = behind_proxy(installation)

    page = client.get("/competitions/tiny", headers=named("Student0"))

    assert (page.status_code, page.url.path) == (200, "/competitions/tiny")
    assert signed_in_as(client, "student0") == "student0"


@pytest.mark.parametrize("names", [(), ("",), ("student0", "root"), ("student0,root",), ("nobody",)])
def test_nobody_is_signed_in_by_a_header_that_names_none(
    installation: Installation, names: tuple[str, ...]
) -> None:
    client = behind_proxy(installation)

    page = client.get("/account", headers=named(*names))

    assert page.url.path == "/sign-in"
    assert signed_in_as(client, *names) == ""


def test_a_header_from_elsewhere_is_as_none_and_logged_once(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    client = behind_proxy(installation, peer=ELSEWHERE)
    forwarded = [("X-Forwarded-For", PROXY)]

    pages = [client.get("/account", headers=[*named("root"), *forwarded]) for _ in range(3)]

    assert {page.url.path for page in pages} == {"/sign-in"}
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert [line["peer"] for line in lines if "user header" in line["event"]] == [ELSEWHERE]


@pytest.mark.both
def test_a_session_ends_where_the_proxy_names_another_person(installation: Installation) -> None:
    client = behind_proxy(installation)
    client.get("/", headers=named("student0"))
    board = "/api/competitions/tiny/leaderboard/public"

    assert (signed_in_as(client), signed_in_as(client, "student1")) == ("student0", "")
    statuses = [client.get(board, headers=named(name)).status_code for name in ("student0", "student1")]
    assert statuses == [200, 401]
    client.get("/", headers=named("student1"))
    assert signed_in_as(client, "student1") == "student1"


def test_forms_need_their_token_as_ever_and_signing_out_lasts(installation: Installation) -> None:
    client = behind_proxy(installation)
    client.headers.update(named("student0"))
    token = re.findall(r'name="form_token" value="([^"]+)"', client.get("/account").text)[0]

    forged = client.post("/account/zone", data={"zone": "UTC"})
    answer = client.post("/sign-out", data={"form_token": token})

    assert forged.status_code == 403
    assert (answer.url.path, "You are signed out here." in answer.text) == ("/sign-in", True)
    assert signed_in_as(client, "student0") == ""


@pytest.mark.both
def test_an_account_is_named_by_its_address_where_the_settings_say_so(installation: Installation) -> None:
    ann = update(User).where(User.username == "student0").values(email="Ann@example.edu")
    installation.db.write(lambda session: session.execute(ann))
    client = behind_proxy(installation, user_header_matches="email")

    client.get("/", headers=named("ann@example.edu"))

    assert signed_in_as(client, "ANN@example.edu") == "student0"
    assert signed_in_as(client, "student0") == ""


@pytest.mark.both
def test_unknown_and_closed_accounts_read_whom_to_ask(installation: Installation) -> None:
    user = installation.user("student0")
    installation.db.write(
        lambda session: accounts.deactivate(session, user=user, by=COMMAND_LINE, now=installation.clock())
    )
    client = behind_proxy(installation)

    closed, unknown = (client.get("/sign-in", headers=named(name)) for name in ("student0", "nobody"))

    assert (closed.status_code, unknown.status_code) == (401, 401)
    assert "Your account is switched off" in words(closed.text)
    assert "knows you as nobody, and no account here has this user name" in words(unknown.text)


@pytest.mark.parametrize(
    "own",
    [
        {"user_header": "X-Remote-User"},
        {"user_header": "X-Remote-User", "user_header_from": "everybody"},
        {"user_header": "X-Remote-User", "user_header_from": "127.0.0.1,0.0.0.0/0"},
        {"user_header": "X-Remote-User", "user_header_from": "::/0"},
        {"user_header": "X Remote User", "user_header_from": "127.0.0.1"},
    ],
)
def test_no_server_starts_that_would_believe_everybody(own: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**own)


def test_without_the_setting_no_header_names_anybody(installation: Installation) -> None:
    config = installation.app.state.settings.model_copy(update={"user_header": "", "user_header_from": PROXY})
    client = TestClient(FromProxy(installation.app, settings=config), client=(PROXY, 50000))
    client.portal = event_loop()

    assert client.get("/account", headers=named("root")).url.path == "/sign-in"
