"""A password of one's own and the sessions that go with it, on the account's pages; on both databases."""

import re
from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import select, update
from starlette.testclient import TestClient

from server.domain.people.accounts.sessions import browser_words
from server.models import AuditEntry, User, WebSession
from tests.support.browser import browser, form_token, words
from tests.support.installation import PASSWORD, Installation

pytestmark = pytest.mark.both

NEW = "a good deal longer than before"
PHONE = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/141.0.0.0 Mobile Safari/537.36"


@pytest.fixture
def newcomer(installation: Installation) -> TestClient:
    """student0's browser, whose password others made."""
    initial = update(User).where(User.username == "student0").values(password_is_initial=True)
    installation.db.write(lambda session: session.execute(initial))
    client = browser(installation)
    client.post("/sign-in", data={"username": "student0", "password": PASSWORD}, follow_redirects=False)
    return client


def change(page: TestClient, **fields: str) -> Response:
    """Send the form that changes the password."""
    token = form_token_of(page.get("/account/password").text)
    sent = {"old": PASSWORD, "password": NEW, "again": NEW, "form_token": token}
    return page.post("/account/password", data=sent | fields, follow_redirects=False)


def form_token_of(page: str) -> str:
    match = re.search(r'name="form_token" value="([^"]+)"', page)
    assert match is not None
    return match[1]


@pytest.mark.parametrize("path", ["/", "/account", "/competitions/tiny", "/competitions/tiny/submit"])
def test_whose_password_others_made_sees_nothing_before_their_own(newcomer: TestClient, path: str) -> None:
    page = newcomer.get(path)
    over_api = newcomer.get("/api/competitions/tiny")

    assert page.url.path == "/account/password"
    assert "Set a password of your own" in page.text
    assert (over_api.status_code, over_api.json()["error"]["code"]) == (403, "own_password_needed")


def test_a_password_of_their_own_leads_a_newcomer_to_what_they_wanted(newcomer: TestClient) -> None:
    same = change(newcomer, password=PASSWORD, again=PASSWORD)

    answer = change(newcomer, next="/competitions/tiny")

    assert (same.status_code, "Choose another" in same.text) == (422, True)
    assert (answer.status_code, answer.headers["location"]) == (303, "/competitions/tiny")
    assert newcomer.get("/competitions/tiny", follow_redirects=False).status_code == 200


def test_a_newcomers_program_is_told_where_to_set_a_password_and_earlier_tokens_go_on(
    newcomer: TestClient, installation: Installation
) -> None:
    body = {"username": "student0", "password": PASSWORD, "name": "laptop"}

    refused = newcomer.post("/api/tokens", json=body)

    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "own_password_needed")
    assert "Sign in at http://testserver" in refused.json()["error"]["message"]
    assert installation.client("student0").get("/api/me").status_code == 200


def test_a_newcomer_may_sign_out_and_choose_a_language(newcomer: TestClient) -> None:
    token = form_token_of(newcomer.get("/account/password").text)

    chosen = newcomer.post(
        "/language",
        data={"language": "zh-TW", "next": "/account/password", "form_token": token},
    )
    left = newcomer.post("/sign-out", data={"form_token": token})

    assert "設定自己的密碼" in chosen.text
    assert left.url.path == "/sign-in"


def test_a_change_takes_the_old_password_and_ends_every_other_session(installation: Installation) -> None:
    here, there = browser(installation, "student0"), browser(installation, "student0")
    wrong, other = change(here, old="not the password"), change(here, again="something else")

    changed = change(here)

    assert (wrong.status_code, "That is not your password" in wrong.text) == (422, True)
    assert (other.status_code, "are not the same" in other.text) == (422, True)
    assert changed.headers["location"] == "/account"
    assert here.get("/account", follow_redirects=False).status_code == 200
    assert there.get("/account", follow_redirects=False).status_code == 303
    entry = installation.db.read(
        lambda session: session.scalars(select(AuditEntry).where(AuditEntry.act == "password_set")).one()
    )
    assert (entry.details, entry.by) == ({"way": "account"}, installation.user("student0").id)


def test_old_passwords_are_guessed_on_the_form_no_more_often_than_at_the_door(
    installation: Installation,
) -> None:
    page = browser(installation, "student0")
    page.cookies.delete("splitboard_device")

    statuses = [change(page, old=f"guess {number}").status_code for number in range(11)]

    assert statuses == [422] * 10 + [429]


def test_sessions_are_listed_by_browser_and_network_and_ended_one_by_one_or_all(
    installation: Installation,
) -> None:
    here = browser(installation, "student0")
    phone, desk = (browser(installation) for _ in range(2))
    for client, agent in ((phone, PHONE), (desk, "curl/8")):
        client.headers["User-Agent"] = agent
        client.post("/sign-in", data={"username": "student0", "password": PASSWORD})
    text = here.get("/account").text
    ends = re.findall(r"/account/sessions/\d+/end", text)
    token = {"form_token": form_token(here)}

    of_phone = next(each for each in ends if f"{each}" in text.partition("Chrome, Android")[2])
    here.post(of_phone, data=token)
    after_one = [client.get("/account", follow_redirects=False).status_code for client in (phone, desk)]
    here.post("/account/other-sessions/end", data=token)
    after_all = [client.get("/account", follow_redirects=False).status_code for client in (here, desk)]

    assert len(ends) == 2
    assert "Chrome, Android" in words(text)
    assert after_one == [303, 200]
    assert after_all == [200, 303]


def test_nobody_ends_a_session_of_somebody_else(installation: Installation) -> None:
    other, mine = browser(installation, "student1"), browser(installation, "student0")
    session_id = installation.db.read(
        lambda session: session.scalar(
            select(WebSession.id).where(WebSession.user_id == installation.user("student1").id)
        )
    )

    answer = mine.post(f"/account/sessions/{session_id}/end", data={"form_token": form_token(mine)})

    assert answer.status_code == 404
    assert other.get("/account", follow_redirects=False).status_code == 200


def test_a_session_is_told_when_it_was_last_used(installation: Installation) -> None:
    page = browser(installation, "student0")
    installation.clock.advance(timedelta(hours=2))
    page.get("/account")

    seen = installation.db.read(lambda session: session.scalars(select(WebSession.seen_at)).one())

    assert seen == installation.clock()


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/141.0 Safari/537.36 Edg/141.0", "Edge, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/26.0 Safari/605.1.15", "Safari, macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 26_0) CriOS/141.0 Mobile Safari/604.1", "Chrome, iPhone"),
        ("<script>", ""),
    ],
    ids=["edge", "safari", "chrome on a phone", "none"],
)
def test_a_browser_is_told_in_two_words_of_ours(agent: str, shown: str) -> None:
    assert browser_words(agent) == shown
