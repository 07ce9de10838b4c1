"""A token outlasts the session that makes it, so a session that somebody finds open does not make one."""

import re
from datetime import timedelta

from httpx2 import Response
from sqlalchemy import update
from starlette.testclient import TestClient

from server.http.sign_in.again import FRESH
from server.models import User
from tests.server.people.second_factor.test_codes import set_up
from tests.support.browser import browser, form_token, words
from tests.support.installation import PASSWORD, Installation
from tests.support.sign_on import sign_on


def make(page: TestClient, **fields: str) -> Response:
    """The answer to the form for a new token."""
    data = {"form_token": form_token(page), "name": "laptop", "scopes": "read"} | fields
    return page.post("/account/tokens", data=data)


def is_made(answer: Response) -> bool:
    return re.search(r"sbp_[\w-]{43}", answer.text) is not None


def test_a_session_alone_makes_no_token_and_its_owners_password_does(installation: Installation) -> None:
    page = browser(installation, "student0")

    without, wrong = make(page), make(page, password="a wild guess")
    right = make(page, password=PASSWORD)

    assert (without.status_code, wrong.status_code) == (422, 422)
    assert "That is not your password, so nothing was changed." in words(wrong.text)
    assert is_made(right)
    assert installation.client("student0").get("/api/tokens").text.count('"name":"laptop"') == 1


def test_guesses_at_the_form_are_counted_like_sign_ins(installation: Installation) -> None:
    page = browser(installation, "student0")

    statuses = [make(page, password=f"guess {number}").status_code for number in range(15)]

    assert statuses[-1] == 429


def test_who_has_a_second_factor_shows_it_as_well(installation: Installation) -> None:
    page, phone, _ = set_up(installation)

    without = make(page, password=PASSWORD)
    right = make(page, password=PASSWORD, code=phone.code())

    assert not is_made(without)
    assert without.status_code in (401, 403, 422)
    assert is_made(right)


def test_whom_a_provider_signs_in_makes_a_token_soon_after_and_not_later(installation: Installation) -> None:
    with sign_on(installation) as way:
        own = update(User).where(User.username == "student0").values(password_hash=None)
        way.sign_in()
        way.confirm()
        with_password = make(way.browser)
        installation.db.write(lambda session: session.execute(own))
        form = way.browser.get("/account").text
        soon = make(way.browser)
        installation.clock.advance(FRESH + timedelta(seconds=1))
        later = make(way.browser)

    assert (with_password.status_code, is_made(with_password)) == (422, False)
    assert 'name="password"' not in form
    assert is_made(soon)
    assert later.status_code == 409
    assert "sign in by your provider again" in words(later.text)
