"""Secrets and forged requests: the pure functions, then the doors that use them."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from server.domain.people.accounts import credentials, secrets
from server.http.deps import COOKIE
from server.http.same_site import was_meant
from tests.support.installation import PASSWORD, Installation

OWN = "https://ml.example.edu"


def test_a_chosen_password_is_hashed_at_the_advised_cost() -> None:
    stored = secrets.hash_password(PASSWORD)

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert secrets.check_password(PASSWORD, stored) == secrets.CheckedPassword(True, None)
    assert not secrets.check_password(PASSWORD + "!", stored).matches


def test_an_initial_password_is_rehashed_at_full_cost_when_it_is_first_used() -> None:
    password = secrets.new_initial_password()

    checked = secrets.check_password(password, secrets.hash_initial_password(password))

    assert checked.matches
    assert checked.rehashed is not None
    assert checked.rehashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_missing_hash_matches_nothing() -> None:
    assert secrets.check_password("", None) == secrets.CheckedPassword(False, None)


@pytest.mark.parametrize("kind", ["chosen", "initial", "unknown"])
def test_a_wrong_password_costs_one_full_hash_for_every_kind_of_account(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets.check_password("wrong", None)  # the decoy is made once a process
    stored = {
        "chosen": secrets.hash_password(PASSWORD),
        "initial": secrets.hash_initial_password(PASSWORD),
        "unknown": None,
    }[kind]
    verified: list[str] = []
    verify = PasswordHasher.verify

    def recorded(hasher: PasswordHasher, hashed: str | bytes, password: str | bytes) -> bool:
        verified.append(str(hashed))
        return verify(hasher, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", recorded)

    secrets.check_password("wrong", stored)

    assert sum("$m=19456,t=2,p=1$" in hashed for hashed in verified) == 1, verified


def test_a_token_is_recognised_by_its_start_and_never_repeats() -> None:
    tokens = {secrets.new_token(secrets.PERSONAL_PREFIX) for _ in range(100)}

    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {47}
    assert all(token.startswith("sbp_") for token in tokens)


@pytest.mark.parametrize(
    ("cookie", "expected", "same"),
    [
        ("a", "a", True),
        ("a", "b", False),
        (None, "a", False),
        ("a", None, False),
        ("", "", False),
        ("é", "é", True),
    ],
)
def test_secrets_are_the_same_only_when_both_are_there(
    cookie: str | None, expected: str | None, same: bool
) -> None:
    assert secrets.same_secret(cookie, expected) is same


@pytest.mark.parametrize(
    ("site", "origin", "meant"),
    [
        ("same-origin", None, True),
        ("none", None, True),
        ("same-site", OWN, False),
        ("cross-site", OWN, False),
        (None, OWN, True),
        (None, "http://lan-box:8080", False),
        (None, "http://ml.example.edu", False),
        (None, "https://evil.example", False),
        (None, "https://ml.example.edu.evil.example", False),
        (None, "null", False),
        (None, None, False),
    ],
)
def test_a_change_is_meant_only_when_it_comes_from_our_own_page(
    site: str | None, origin: str | None, meant: bool
) -> None:
    verdict = was_meant(
        method="POST", sec_fetch_site=site, origin=origin, own_origin=OWN, host="lan-box:8080"
    )

    assert verdict is meant


@pytest.mark.parametrize(
    ("origin", "meant"), [("http://lan-box:8080", True), ("http://other", False), ("null", False)]
)
def test_without_a_configured_address_the_one_that_was_asked_counts(origin: str, meant: bool) -> None:
    verdict = was_meant(
        method="POST", sec_fetch_site=None, origin=origin, own_origin=None, host="lan-box:8080"
    )

    assert verdict is meant


def test_reading_is_let_through_from_anywhere() -> None:
    assert was_meant(method="GET", sec_fetch_site="cross-site", origin=None, own_origin=None, host=None)


def sign_in_to_browser(installation: Installation, name: str) -> str:
    def work(session: Session) -> str:
        user = installation.user(name)
        idle = timedelta(hours=12)
        return credentials.open_session(session, user=user, idle=idle, now=installation.clock()).secret

    return installation.db.write(work)


def test_a_cookie_alone_reads_but_does_not_change_anything_for_another_site(
    installation: Installation,
) -> None:
    client = installation.client(None)
    client.cookies.set(COOKIE, sign_in_to_browser(installation, "student0"))

    assert client.get("/api/me", headers={"Sec-Fetch-Site": "cross-site"}).json()["username"] == "student0"
    forged = client.delete("/api/tokens/1", headers={"Sec-Fetch-Site": "cross-site"})
    assert forged.status_code == 403
    assert forged.json()["error"]["code"] == "not_allowed"
    assert client.delete("/api/tokens/1").status_code == 403
    own = client.delete("/api/tokens/1", headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 204


def test_over_plain_http_the_origin_must_be_the_host(installation: Installation) -> None:
    client = installation.client(None)
    client.cookies.set(COOKIE, sign_in_to_browser(installation, "student0"))

    assert client.delete("/api/tokens/1", headers={"Origin": "http://evil.example"}).status_code == 403
    assert client.delete("/api/tokens/1", headers={"Origin": "http://testserver"}).status_code == 204


def test_a_worker_and_a_person_cannot_use_each_others_routes(installation: Installation) -> None:
    as_person = installation.client("worker").get("/api/me")
    as_worker = installation.client("tina").post("/api/worker/claim", json={"worker": "w"})

    assert (as_person.status_code, as_person.json()["error"]["code"]) == (403, "not_allowed")
    assert (as_worker.status_code, as_worker.json()["error"]["code"]) == (403, "not_allowed")


def test_a_token_that_is_not_one_is_refused_even_beside_a_good_cookie(installation: Installation) -> None:
    client = installation.client(None)
    client.cookies.set(COOKIE, sign_in_to_browser(installation, "student0"))
    wrong = ["Basic YTpi", "Bearer", "Bearer sbp_unknown", "sbp_unknown", "Bearer  "]

    answers = [client.get("/api/me", headers={"Authorization": header}) for header in wrong]

    assert {(answer.status_code, answer.json()["error"]["code"]) for answer in answers} == {
        (401, "not_signed_in")
    }


def test_whoever_shows_nothing_is_asked_to_sign_in(installation: Installation) -> None:
    answer = installation.client(None).get("/api/me")

    assert answer.status_code == 401
    assert "splitboard login" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("typed", "hyphen"),
    [(" {}", "-"), ("{}\u00a0", "\u2011"), ("\ufeff{}\r\n", ""), ("{}", " "), ("{}\t", "\u2013")],
)
def test_an_initial_password_that_was_copied_a_little_off_is_right(typed: str, hyphen: str) -> None:
    password = secrets.new_initial_password()
    copied = typed.format(password.capitalize().replace("-", hyphen))

    assert secrets.check_password(copied, secrets.hash_initial_password(password)).matches


@pytest.mark.parametrize("typed", ["{}x", "{}."])
def test_an_initial_password_with_another_letter_is_wrong(typed: str) -> None:
    password = secrets.new_initial_password()

    assert not secrets.check_password(typed.format(password), secrets.hash_initial_password(password)).matches


@pytest.mark.parametrize("typed", [f" {PASSWORD}", PASSWORD.capitalize()])
def test_a_chosen_password_is_right_to_the_letter(typed: str) -> None:
    assert not secrets.check_password(typed, secrets.hash_password(PASSWORD)).matches
