"""A provider in trouble or of bad will: what is asked of it, how often, and how long; SQLite alone."""

from collections.abc import Iterator
from typing import Any

import pytest

from server.services.sign_on import fetching, published
from tests.support.installation import Installation
from tests.support.sign_on import SignOn, sign_on


@pytest.fixture
def way(installation: Installation) -> Iterator[SignOn]:
    """The installation with its provider."""
    with sign_on(installation) as ready:
        yield ready


@pytest.mark.parametrize("issuer", ["https://evil.example", None])
def test_an_answer_of_another_provider_is_not_given_the_code(way: SignOn, issuer: str | None) -> None:
    query = way.provider.sign_in(way.begin())
    changed = {name: value for name, value in (query | {"iss": issuer}).items() if value is not None}

    answer = way.come_back(changed)

    assert (answer.status_code, "cannot be trusted" in answer.text) == (401, True)
    assert "/token" not in way.provider.requests


DESCRIPTION = "/.well-known/openid-configuration"
TROUBLE: dict[str, dict[str, Any]] = {
    "down": {DESCRIPTION: (503, {})},
    "huge": {},
    "no JSON": {DESCRIPTION: (200, b"<html>")},
    "moved": {DESCRIPTION: (302, {})},
    "slow": {DESCRIPTION: "hang"},
}


@pytest.mark.parametrize("case", TROUBLE)
def test_a_provider_in_trouble_is_waited_for_once_and_told_of(
    way: SignOn, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.3)
    way.provider.answers = TROUBLE[case]
    way.provider.description = {"padding": "x" * fetching.BYTES_MOST} if case == "huge" else {}

    answers = [way.browser.get("/sign-in/provider", follow_redirects=False) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {503}
    assert "Campus does not answer as it should just now" in answers[0].text
    assert way.provider.requests == [DESCRIPTION]  # not each person waits for it anew


@pytest.mark.parametrize(
    "description",
    [{"issuer": "https://evil.example"}, {"token_endpoint": "http://evil.example/token"}, {"jwks_uri": None}],
)
def test_a_description_that_leads_elsewhere_is_not_followed(way: SignOn, description: dict[str, Any]) -> None:
    way.provider.description = description

    assert way.browser.get("/sign-in/provider", follow_redirects=False).status_code == 503


def test_trouble_on_the_way_back_is_told_of(way: SignOn) -> None:
    way.provider.answers = {"/token": (500, {})}
    assert way.sign_in().status_code == 503
    way.provider.answers = {"/token": (200, {"access_token": "x"})}
    assert "cannot be trusted" in way.sign_in().text
    way.provider.answers = {"/keys": (200, {"keys": "none"})}
    assert way.sign_in().status_code == 503


def require_refused(way: SignOn, sentence: str) -> None:
    """Let the provider answer as it is set to; nobody is signed in, and the page says why."""
    answer = way.sign_in()
    assert (answer.status_code, sentence in answer.text) == (401, True), answer.text


def test_new_keys_are_looked_for_once_a_minute(way: SignOn, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [0.0]
    way.installation.app.state.provider._published.clock = lambda: seconds[0]
    way.sign_in()
    way.provider.signs_with = way.provider.another_key
    require_refused(way, "cannot be trusted")
    way.provider.published = [way.provider.another_key]
    require_refused(way, "cannot be trusted")
    seconds[0] += published.AGAIN_SECONDS

    assert way.sign_in().status_code == 303
    assert way.provider.requests.count("/keys") == 2
