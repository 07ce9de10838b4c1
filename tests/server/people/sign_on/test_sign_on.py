"""Signing in by a provider: the right way, linking, and each answer that opens nothing; on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select, update

from server.domain.audit.actor import COMMAND_LINE
from server.domain.people import courses
from server.domain.people.accounts import accounts
from server.domain.people.sign_on import tickets
from server.models import AuditEntry, LinkedIdentity, Member, Role, SignOnTicket, User, WebSession
from tests.support.browser import browser, form_token, words
from tests.support.installation import PASSWORD, Installation
from tests.support.provider_stub import SECRET
from tests.support.sign_on import SignOn, sign_on

pytestmark = pytest.mark.both(later="postgresql")


@pytest.fixture
def way(installation: Installation) -> Iterator[SignOn]:
    """The installation with its provider."""
    with sign_on(installation) as ready:
        yield ready


def count(installation: Installation, table: Any) -> int:
    return installation.db.read(lambda session: session.scalar(select(func.count()).select_from(table))) or 0


def name_of(way: SignOn) -> str:
    """Who is signed in in the browser; empty for nobody."""
    answer = way.browser.get("/api/me")
    return answer.json()["username"] if answer.is_success else ""


@pytest.mark.both
def test_the_first_sign_on_asks_once_whether_the_account_is_theirs_and_later_ones_do_not(way: SignOn) -> None:
    first = way.sign_in("/sign-in/provider?next=/competitions/tiny")
    page = words(way.browser.get("/sign-in/confirm").text)
    before = name_of(way)
    confirmed = way.confirm()
    way.browser.post("/sign-out", data={"form_token": form_token(way.browser)})
    way.provider.claims = {"email": "another@elsewhere.example", "email_verified": False}

    again = way.sign_in("/sign-in/provider?next=/competitions/tiny")

    assert first.headers["location"] == "/sign-in/confirm"
    assert "Campus has signed you in as ann@example.edu" in page
    assert ("Ann" in page, "student0" in page, before) == (True, True, "")
    assert confirmed.headers["location"] == again.headers["location"] == "/competitions/tiny"
    assert name_of(way) == "student0"  # by issuer and subject, whatever the address is by now


def test_what_is_sent_and_kept_holds_no_secret_that_another_browser_could_use(way: SignOn) -> None:
    address = way.begin()
    query = parse_qs(urlsplit(address).query)
    row = way.installation.db.read(lambda session: session.scalars(select(SignOnTicket)).one())

    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == ["http://testserver/sign-in/callback"]
    assert not {query["state"][0], query["nonce"][0]} & {row.state_sha256, row.browser_sha256}
    assert SECRET not in address
    other = browser(way.installation)
    assert way.come_back(way.provider.sign_in(address), by=other).status_code == 401
    assert way.come_back(way.provider.sign_in(address)).status_code == 303  # which did not use it up


def test_the_page_to_go_on_to_stays_on_this_site(way: SignOn) -> None:
    way.sign_in("/sign-in/provider?next=//evil.example/x")

    assert way.confirm().headers["location"] == "/"


def test_another_site_cannot_begin_it(way: SignOn) -> None:
    answer = way.browser.get(
        "/sign-in/provider?next=/account",
        headers={"Sec-Fetch-Site": "cross-site"},
        follow_redirects=False,
    )

    assert answer.headers["location"] == "/sign-in?next=%2Faccount"
    assert count(way.installation, SignOnTicket) == 0


def test_a_token_that_is_not_to_be_believed_opens_nothing_and_the_log_says_why(
    way: SignOn, caplog: pytest.LogCaptureFixture
) -> None:
    way.provider.claims = {"nonce": "another"}

    require_refused(way, "cannot be trusted")

    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    refused = [line for line in lines if line["event"] == "refused"]
    assert [line["reason"] for line in refused if "reason" in line] == ["nonce: not the one of this sign-in"]
    assert not any(secret in str(lines) for secret in ("code=", "eyJ", SECRET))


def require_refused(way: SignOn, sentence: str) -> None:
    """Let the provider answer as it is set to; nobody is signed in, and the page says why."""
    answer = way.sign_in()
    assert (answer.status_code, sentence in answer.text) == (401, True), words(answer.text)
    assert name_of(way) == ""
    assert count(way.installation, LinkedIdentity) == 0


@pytest.mark.both
def test_a_code_and_a_state_are_taken_once(way: SignOn) -> None:
    query = way.provider.sign_in(way.begin())
    assert way.come_back(query).status_code == 303

    replayed = way.come_back(query)
    old_code = way.come_back(query | {"state": way.provider.sign_in(way.begin(), code="b")["state"]})

    assert (replayed.status_code, "used already" in replayed.text) == (401, True)
    assert (old_code.status_code, "cannot be trusted" in old_code.text) == (401, True)


@pytest.mark.both
def test_a_ticket_works_for_ten_minutes(way: SignOn) -> None:
    query = way.provider.sign_in(way.begin())
    way.installation.clock.advance(tickets.LIFETIME)

    assert way.come_back(query).status_code == 401


def test_who_declines_at_the_provider_reads_so(way: SignOn) -> None:
    query = way.provider.sign_in(way.begin())

    answer = way.come_back({"state": query["state"], "error": "access_denied"})

    assert (answer.status_code, "Campus has signed nobody in" in answer.text) == (401, True)


CLAIMS_OF_NOBODY: dict[str, tuple[dict[str, Any], str]] = {
    "unverified": ({"email_verified": False}, "has not verified that ann@example.edu is yours"),
    "silent about it": ({"email_verified": None}, "has not verified that ann@example.edu is yours"),
    "unknown": ({"email": "eve@example.edu"}, "no account here has this mail address"),
    "no claim": ({"email": None}, "does not tell who you are here"),
    "foreign": ({"email": "ann@evil.example"}, "accounts here are of example.edu"),
}


@pytest.mark.parametrize("case", CLAIMS_OF_NOBODY)
def test_nobody_gets_an_account_by_a_claim_that_names_none(way: SignOn, case: str) -> None:
    way.provider.claims, sentence = CLAIMS_OF_NOBODY[case]
    way.settle(oidc_domains="Example.edu")

    require_refused(way, sentence)


def test_an_account_of_two_people_and_one_switched_off_are_refused(way: SignOn) -> None:
    both = update(User).where(User.username == "student1").values(email="ann@example.edu")
    way.installation.db.write(lambda session: session.execute(both))
    require_refused(way, "no account here has this mail address")
    apart = update(User).where(User.username == "student1").values(email="", is_active=False)
    way.installation.db.write(lambda session: session.execute(apart))
    off = update(User).where(User.username == "student0").values(is_active=False)
    way.installation.db.write(lambda session: session.execute(off))
    require_refused(way, "Your account is switched off")


def test_an_account_that_is_switched_off_later_stays_closed(way: SignOn) -> None:
    way.sign_in()
    way.confirm()
    user = way.installation.user("student0")
    way.installation.db.write(
        lambda session: accounts.deactivate(session, user=user, by=COMMAND_LINE, now=way.installation.clock())
    )

    answer = way.sign_in()

    assert (answer.status_code, "switched off" in answer.text) == (401, True)


def test_another_identity_with_the_same_address_does_not_take_the_account_over(way: SignOn) -> None:
    way.sign_in()
    way.confirm()
    way.provider.claims = {"sub": "subject-2"}

    answer = way.sign_in()

    assert (answer.status_code, "linked with another account of Campus" in answer.text) == (401, True)
    assert count(way.installation, LinkedIdentity) == 1


@pytest.mark.parametrize(
    ("matches", "claim", "value"),
    [
        ("student_number", "number", "b10901001"),
        ("username", "preferred_username", "Student0"),
        ("student_number", "email", "b10901001@example.edu"),
    ],
)
def test_an_account_is_named_by_its_number_or_its_user_name(
    way: SignOn, matches: str, claim: str, value: str
) -> None:
    give_number(way, "student0", "B10901001")
    way.settle(oidc_matches=matches, oidc_claim=claim, oidc_domains="example.edu" if "@" in value else "")
    way.provider.claims = {claim: value}

    assert way.sign_in().headers["location"] == "/sign-in/confirm"
    assert "student0" in way.browser.get("/sign-in/confirm").text


def test_a_number_that_another_course_gave_to_an_account_does_not_open_it(way: SignOn) -> None:
    give_number(way, "student0", "B10901001")
    user = way.installation.user("student0")

    def give_in_another_course(session: Any) -> None:
        other = courses.course_named(session, "other")
        enrolment = courses.Enrolment(Role.STUDENT, student_number="R666")
        courses.add_member(
            session,
            course=other,
            user=user,
            enrolment=enrolment,
            by=COMMAND_LINE,
            now=way.installation.clock(),
        )

    way.installation.db.write(give_in_another_course)
    way.settle(oidc_matches="student_number", oidc_claim="number")
    way.provider.claims = {"number": "R666"}

    require_refused(way, "no account here has this student number")


def give_number(way: SignOn, name: str, number: str) -> None:
    user = way.installation.user(name)
    numbered = update(Member).where(Member.user_id == user.id).values(student_number=number)
    way.installation.db.write(lambda session: session.execute(numbered))


def test_an_account_with_more_rights_than_a_students_takes_its_password_once(way: SignOn) -> None:
    staff = update(User).where(User.username == "iris").values(email="iris@example.edu")
    way.installation.db.write(lambda session: session.execute(staff))
    way.provider.claims = {"email": "iris@example.edu"}
    way.sign_in()

    wrong = way.confirm(password="not the password")
    right = way.confirm(password=PASSWORD)

    assert (wrong.status_code, "is not your password" in wrong.text) == (422, True)
    assert right.status_code == 303
    assert name_of(way) == "iris"
    none = {"email": "t@example.edu", "password_hash": None}
    tina = update(User).where(User.username == "tina").values(none)
    way.installation.db.write(lambda session: session.execute(tina))
    way.provider.claims = {"email": "t@example.edu", "sub": "subject-t"}
    assert "An admin of the installation" in way.sign_in(by=browser(way.installation)).text


def test_whose_account_it_is_not_says_so_and_nothing_is_linked(way: SignOn) -> None:
    way.sign_in()

    declined = way.confirm(answer="no")
    late = way.confirm()

    assert declined.headers["location"] == "/sign-in"
    assert (late.status_code, count(way.installation, LinkedIdentity)) == (401, 0)


def test_a_confirmation_waits_for_ten_minutes_in_one_browser(way: SignOn) -> None:
    way.sign_in()
    elsewhere = way.confirm(by=browser(way.installation))
    way.installation.clock.advance(timedelta(minutes=10))

    assert elsewhere.status_code == way.confirm().status_code == 401
    assert count(way.installation, LinkedIdentity) == 0


def test_a_signed_in_person_links_and_unlinks_what_the_roster_does_not_know(way: SignOn) -> None:
    page = browser(way.installation, "student1")
    way.provider.claims = {"email": "private@elsewhere.example", "email_verified": False}

    way.sign_in("/account/identities/new", by=page)
    without = way.confirm(by=page)
    linked = way.confirm(by=page, password=PASSWORD)
    shown = words(page.get("/account").text)
    again = way.sign_in()
    identity = way.installation.db.read(lambda session: session.scalars(select(LinkedIdentity)).one())
    page.post(f"/account/identities/{identity.id}/unlink", data={"form_token": form_token(page)})

    assert (without.status_code, linked.headers["location"]) == (422, "/account")
    assert "private@elsewhere.example" in shown
    assert again.headers["location"] == "/"
    assert count(way.installation, LinkedIdentity) == 0
    acts = way.installation.db.read(lambda session: list(session.scalars(select(AuditEntry.act))))
    assert acts[-2:] == ["identity_linked", "identity_unlinked"]


def test_linking_ends_with_who_began_it(way: SignOn) -> None:
    page = browser(way.installation, "student1")
    query = way.provider.sign_in(way.begin("/account/identities/new", by=page))
    page.post("/sign-in", data={"username": "student2", "password": PASSWORD})

    assert way.come_back(query, by=page).status_code == 401


def test_nobody_unlinks_for_others_or_closes_the_account_to_themselves(way: SignOn) -> None:
    way.sign_in()
    way.confirm()
    identity = way.installation.db.read(lambda session: session.scalars(select(LinkedIdentity)).one())
    other, path = browser(way.installation, "student1"), f"/account/identities/{identity.id}/unlink"
    none = update(User).where(User.username == "student0").values(password_hash=None)
    way.installation.db.write(lambda session: session.execute(none))

    foreign = other.post(path, data={"form_token": form_token(other)})
    own = way.browser.post(path, data={"form_token": form_token(way.browser)})

    assert (foreign.status_code, own.status_code) == (404, 409)
    assert count(way.installation, LinkedIdentity) == 1


def test_a_password_that_others_made_does_not_hold_up_whom_the_provider_signs_in(way: SignOn) -> None:
    initial = update(User).where(User.username == "student0").values(password_is_initial=True)
    way.installation.db.write(lambda session: session.execute(initial))
    way.sign_in()
    way.confirm()

    assert way.browser.get("/account", follow_redirects=False).status_code == 200
    ways = way.installation.db.read(lambda session: list(session.scalars(select(WebSession.way))))
    assert [each.value for each in ways] == ["provider"]
