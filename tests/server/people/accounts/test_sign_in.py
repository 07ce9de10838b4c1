"""Signing in: wrong passwords are held back, and whoever has the right one gets in; on both databases."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from server.domain.audit.actor import COMMAND_LINE
from server.domain.errors import NotSignedIn
from server.domain.people.accounts import accounts, secrets, sign_in, tries
from server.domain.people.accounts.sign_in import Source
from server.models import SignInThrottle
from tests.support.browser import browser, form_token
from tests.support.installation import PASSWORD, Installation

pytestmark = pytest.mark.both

WRONG = {"username": "student0", "password": "not the password", "name": "laptop"}
RIGHT = WRONG | {"password": PASSWORD}


def test_wrong_passwords_are_held_back_alike_for_known_and_unknown_names(
    installation: Installation,
) -> None:
    client, most = installation.client(None), tries.OF_ACCOUNT_THERE.at_once
    for name in ("student0", "nobody"):
        body = WRONG | {"username": name}

        statuses = [client.post("/api/tokens", json=body).status_code for _ in range(most + 1)]
        refused = client.post("/api/tokens", json=body | {"password": PASSWORD})

        assert statuses == [401] * most + [429]
        assert refused.status_code == 429
        assert refused.json()["error"]["code"] == "too_many_tries"
        assert refused.headers["retry-after"] == "60"


def test_a_minute_later_the_right_password_lets_in_and_clears_the_count(installation: Installation) -> None:
    client = installation.client(None)
    for _ in range(tries.OF_ACCOUNT_THERE.at_once):
        client.post("/api/tokens", json=WRONG)
    installation.clock.advance(tries.OF_ACCOUNT_THERE.every)

    assert client.post("/api/tokens", json=RIGHT).status_code == 201
    assert client.post("/api/tokens", json=WRONG).status_code == 401


def tried_from(installation: Installation, username: str, source: Source) -> sign_in.SignInTry:
    """One more try at this account from there, counted."""
    return installation.db.write(
        lambda session: sign_in.begin(session, username=username, source=source, now=installation.clock())
    )


def test_guesses_from_elsewhere_slow_an_account_down_and_lock_nobody_out(installation: Installation) -> None:
    for number in range(tries.OF_ACCOUNT_THERE.at_once):
        tried_from(installation, "student0", Source(f"192.0.2.{number}"))

    guess = tried_from(installation, "student0", Source("192.0.2.99"))
    other = tried_from(installation, "student1", Source("192.0.2.99"))

    assert (guess.is_slow, other.is_slow) == (True, False)


def test_a_browser_that_is_known_gets_in_whatever_others_try_from_its_address(
    installation: Installation,
) -> None:
    user = installation.user("student0")
    assert user.password_hash is not None
    known = Source("192.0.2.1", secrets.new_device_mark(user.password_hash))
    forged = Source("192.0.2.1", secrets.new_device_mark("another hash"))
    for _ in range(tries.OF_ACCOUNT_THERE.at_once):
        tried_from(installation, "student0", Source("192.0.2.1"))

    for _ in range(tries.OF_ACCOUNT_THERE.at_once):
        assert not tried_from(installation, "student0", known).is_slow

    for source in (known, forged, Source("192.0.2.1")):
        with pytest.raises(sign_in.TooManyTries):
            tried_from(installation, "student0", source)


def test_one_address_may_guess_a_bounded_number_for_all_accounts_together(installation: Installation) -> None:
    def guess(number: int, address: str) -> None:
        tried_from(installation, f"nobody{number}", Source(address))

    for number in range(tries.OF_ADDRESS.at_once):
        guess(number, f"2001:db8:0:1::{number:x}")

    with pytest.raises(sign_in.TooManyTries):
        guess(1000, "2001:db8:0:1:ffff::")
    guess(1001, "2001:db8:0:2::1")


def test_right_passwords_do_not_count_against_their_address(installation: Installation) -> None:
    client = installation.client(None)
    for _ in range(3):
        assert client.post("/api/tokens", json=RIGHT).status_code == 201

    client.post("/api/tokens", json=WRONG)

    rows = installation.db.read(lambda session: list(session.scalars(select(SignInThrottle))))
    ahead = {row.username_key: row.spent_until - installation.clock() for row in rows}
    assert ahead[tries.of_address("testclient")] == tries.OF_ADDRESS.every


def test_whoever_has_a_token_keeps_working_while_others_guess(installation: Installation) -> None:
    for _ in range(tries.OF_ACCOUNT_THERE.at_once + 1):
        installation.client(None).post("/api/tokens", json=WRONG)

    assert installation.client("student0").get("/api/me").status_code == 200


def test_parallel_guesses_are_counted_one_by_one(installation: Installation) -> None:
    def guess(_: int) -> str:
        try:
            tried_from(installation, "student0", Source("192.0.2.1"))
        except sign_in.TooManyTries:
            return "refused"
        return "counted"

    with ThreadPoolExecutor(12) as pool:
        outcomes = Counter(pool.map(guess, range(40)))

    most = tries.OF_ACCOUNT_THERE.at_once
    assert outcomes == {"counted": most, "refused": 40 - most}


def test_counts_that_are_past_are_removed(installation: Installation) -> None:
    for number in range(5):
        tried_from(installation, f"nobody{number}", Source("192.0.2.1"))
    installation.clock.advance(tries.OF_ACCOUNT.every)
    tried_from(installation, "student0", Source("192.0.2.2"))

    keys = installation.db.read(lambda session: set(session.scalars(select(SignInThrottle.username_key))))
    assert keys == {"student0", "student0 192.0.2.2", " 192.0.2.2"}


def test_a_password_that_changes_while_it_is_checked_lets_nobody_in(installation: Installation) -> None:
    tried = tried_from(installation, "student0", Source("192.0.2.1"))
    new_password(installation)

    with pytest.raises(NotSignedIn):
        installation.db.write(lambda session: sign_in.accept(session, tried=tried, rehashed=None))


def new_password(installation: Installation) -> None:
    """Give student0 another password, as the command does."""
    user, stored = installation.user("student0"), accounts.chosen_password_hash("another password")
    installation.db.write(
        lambda session: accounts.set_password(
            session, user=user, password_hash=stored, by=COMMAND_LINE, now=installation.clock()
        )
    )


def signed_in_by_the_form(installation: Installation) -> TestClient:
    """student0's browser, with all that the form leaves in it."""
    page = browser(installation)
    page.post("/sign-in", data={"username": "student0", "password": PASSWORD}).raise_for_status()
    return page


def test_a_new_password_ends_all_that_the_old_one_opened_and_all_that_was_counted(
    installation: Installation,
) -> None:
    page = signed_in_by_the_form(installation)
    mark = page.cookies["splitboard_device"]
    for _ in range(tries.OF_ACCOUNT_THERE.at_once + 1):
        installation.client(None).post("/api/tokens", json=WRONG)

    new_password(installation)

    assert page.get("/account", follow_redirects=False).status_code == 303
    assert installation.client("student0").get("/api/me").status_code == 401
    assert secrets.known_device(mark, installation.user("student0").password_hash) is None
    body = RIGHT | {"password": "another password"}
    assert installation.client(None).post("/api/tokens", json=body).status_code == 201
    assert installation.client("worker").post("/api/worker/claim", json={"worker": "w"}).status_code == 204


def test_signing_in_again_ends_the_session_that_came_with_it(installation: Installation) -> None:
    page = signed_in_by_the_form(installation)
    earlier = page.cookies["splitboard_session"]

    page.post("/sign-in", data={"username": "student0", "password": PASSWORD})

    stranger = browser(installation)
    stranger.cookies.set("splitboard_session", earlier)
    assert stranger.get("/account", follow_redirects=False).status_code == 303
    assert page.get("/account").status_code == 200


def test_signing_out_clears_what_the_browser_keeps_of_the_site(installation: Installation) -> None:
    page = signed_in_by_the_form(installation)

    answer = page.post("/sign-out", data={"form_token": form_token(page)}, follow_redirects=False)

    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert "splitboard_device" in page.cookies


def test_the_sign_in_page_says_whose_it_is_and_what_its_two_halves_are(installation: Installation) -> None:
    state = installation.app.state
    plain = browser(installation).get("/sign-in").text
    state.settings = state.settings.model_copy(update={"institution": "University of <b>"})

    page = browser(installation).get("/sign-in").text

    assert '<p class="kicker"><bdi>University of &lt;b&gt;</bdi></p>' in page
    assert "<title>Sign in · Splitboard · University of &lt;b&gt;</title>" in page
    assert 'class="kicker"' not in plain
    assert "Some of the answers score each file at once" in plain
    assert "their board opens at the reveal" in plain
