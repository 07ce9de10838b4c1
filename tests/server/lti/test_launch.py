"""Launches: the right way, and each answer that opens nothing; on both databases."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import OctKey
from sqlalchemy import func, select, update

from server.domain.audit.actor import COMMAND_LINE
from server.domain.lti import platforms
from server.domain.people.sign_on import tickets
from server.domain.people.sign_on.claims import RosterFact
from server.domain.privacy import erasure
from server.models import LinkedIdentity, LtiContext, LtiMember, Member, SignOnTicket, User
from server.services.sign_on import published
from tests.support.browser import browser, form_token, words
from tests.support.installation import PASSWORD, Installation
from tests.support.lti import LtiWay, lti_way
from tests.support.lti_platform import CLAIM, DEPLOYMENT, LtiStub, lti_platform

pytestmark = pytest.mark.both(later="postgresql")


@pytest.fixture
def way(installation: Installation) -> Iterator[LtiWay]:
    """The installation with its platform."""
    with lti_way(installation) as ready:
        yield ready


def count(way: LtiWay, table: Any) -> int:
    query = select(func.count()).select_from(table)
    return way.installation.db.read(lambda session: session.scalar(query)) or 0


def name_of(way: LtiWay) -> str:
    """Who is signed in in the browser; empty for nobody."""
    answer = way.browser.get("/api/me")
    return answer.json()["username"] if answer.is_success else ""


@pytest.mark.both
def test_the_first_launch_asks_once_whether_the_account_is_theirs_and_later_ones_do_not(way: LtiWay) -> None:
    deep = {f"{CLAIM}target_link_uri": "http://testserver/competitions/tiny"}
    first = way.launch(**deep)
    page = words(way.browser.get("/sign-in/confirm").text)
    before = name_of(way)
    confirmed = way.confirm()
    way.browser.post("/sign-out", data={"form_token": form_token(way.browser)})

    again = way.launch(**deep, **{f"{CLAIM}lis": None})

    assert first.headers["location"] == "/sign-in/confirm"
    assert ("Moodle has signed you in as Ann" in page, "student0" in page, before) == (True, True, "")
    assert confirmed.headers["location"] == again.headers["location"] == "/competitions/tiny"
    assert name_of(way) == "student0"


def test_what_goes_to_the_platform_is_as_it_must_be(way: LtiWay) -> None:
    address = way.begin().headers["location"]

    for part in ("response_type=id_token", "response_mode=form_post", "prompt=none", "scope=openid"):
        assert part in address
    for part in ("login_hint=person-1", "lti_message_hint=message-1", "client_id=client-1"):
        assert part in address
    assert "redirect_uri=http%3A%2F%2Ftestserver%2Flti%2Flaunch" in address
    assert address.startswith(f"{way.stub.address}/authorize?")


def test_a_platform_may_send_people_by_a_link_as_well(way: LtiWay) -> None:
    answer = way.browser.get("/lti/login", params=way.stub.login(), follow_redirects=False)

    assert way.come_back(way.stub.launch(answer.headers["location"])).status_code == 303


def test_in_a_frame_there_is_a_link_to_a_window_of_its_own(way: LtiWay) -> None:
    answer = way.browser.post(
        "/lti/login", data=way.stub.login(), headers={"Sec-Fetch-Dest": "iframe"}, follow_redirects=False
    )

    policy = answer.headers["content-security-policy"]
    link = re.search(r'href="(/lti/login\?[^"]+)" target="_blank"', answer.text)
    assert f"frame-ancestors {way.stub.address}" in policy
    assert link is not None
    assert way.browser.get(link[1].replace("&amp;", "&"), follow_redirects=False).status_code == 303
    assert "frame-ancestors 'none'" in way.browser.get("/sign-in").headers["content-security-policy"]


def require_refused(way: LtiWay, sentence: str, **claims: Any) -> None:
    """Let the platform answer as it is set to; nobody is signed in, and the page says why."""
    answer = way.launch(**claims)
    assert (answer.status_code, sentence in answer.text) == (401, True), words(answer.text)
    assert name_of(way) == ""
    assert count(way, LinkedIdentity) == 0


def reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the operator reads of refusals."""
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert not any("eyJ" in str(line) for line in lines)
    return [line["reason"] for line in lines if line["event"] == "refused" and "reason" in line]


TRUST, KIND = "cannot be trusted", "does not take"
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "nonce": ({"nonce": "another"}, TRUST, "nonce: not the one"),
    "issuer": ({"iss": "https://evil.example"}, TRUST, "iss: "),
    "audience": ({"aud": "another client"}, TRUST, "aud: "),
    "party": ({"azp": "another client"}, TRUST, "azp: issued to another"),
    "expired": ({"exp": 1}, TRUST, "exp: "),
    "old": ({"iat": 1}, TRUST, "iat: "),
    "deployment": ({f"{CLAIM}deployment_id": "x"}, "not the place in it", "deployment_id: 'x' is not"),
    "no deployment": ({f"{CLAIM}deployment_id": None}, "not the place in it", "deployment_id: 'None' is"),
    "version": ({f"{CLAIM}version": "1.1"}, KIND, "version: '1.1'"),
    "message": ({f"{CLAIM}message_type": "LtiDeepLinkingRequest"}, KIND, "message_type: 'LtiDeep"),
    "no link": ({f"{CLAIM}resource_link": {}}, TRUST, "resource_link: it has no id"),
    "no roles": ({f"{CLAIM}roles": None}, TRUST, "roles: there are none"),
    "nobody": ({f"{CLAIM}lis": None}, "does not tell who you are", "no claim 'student_number'"),
    "a stranger": ({f"{CLAIM}lis": {"person_sourcedid": "X"}}, "knows you as X", "0 accounts have"),
    "not filled in": ({f"{CLAIM}lis": None, f"{CLAIM}custom": {"student_number": "$Canvas.user.id"}}, "", ""),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_launch_with_a_wrong_part_opens_nothing_and_the_log_says_why(
    way: LtiWay, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    claims, sentence, reason = WRONG[case]

    require_refused(way, sentence, **claims)

    assert any(reason in each for each in reasons(caplog))


def test_a_launch_is_believed_by_the_platforms_signature_alone(
    way: LtiWay, caplog: pytest.LogCaptureFixture
) -> None:
    public = way.stub.published[0].as_pem(private=False).replace(b"-", b"")
    forged: list[dict[str, Any]] = [
        {"header": {"alg": "none"}},
        {"header": {"alg": "HS256", "kid": "one"}, "signs_with": OctKey.import_key(public)},
        {"header": {"kid": "one"}, "signs_with": way.stub.another_key},
        {"signs_with": way.stub.another_key},
    ]
    honest = way.stub
    for each in forged:
        way.stub = replace(honest, **each)
        require_refused(way, TRUST)
    way.stub = honest
    begun = way.begin().headers["location"]
    unsigned = way.stub.launch(begun)
    unsigned["id_token"] = unsigned["id_token"].rpartition(".")[0] + "."
    assert TRUST in way.come_back(unsigned).text
    assert all(each.startswith("signature: ") for each in reasons(caplog))
    assert len(reasons(caplog)) == len(forged) + 1


@pytest.mark.both
def test_an_answer_is_taken_once_from_the_browser_that_was_sent_and_for_ten_minutes(way: LtiWay) -> None:
    form = way.stub.launch(way.begin().headers["location"])
    other = browser(way.installation)

    assert way.come_back(form, by=other).status_code == 401
    assert way.come_back(form).status_code == 303  # which that did not use up
    replayed = way.come_back(form)
    assert (replayed.status_code, "used already" in replayed.text) == (401, True)
    late = way.stub.launch(way.begin().headers["location"])
    way.installation.clock.advance(tickets.LIFETIME)
    assert way.come_back(late).status_code == 401


def test_another_sites_page_cannot_send_the_second_form(way: LtiWay) -> None:
    form = way.stub.launch(way.begin().headers["location"])

    answer = way.browser.post("/lti/launch/continue", data=form, headers={"Origin": way.stub.address})

    assert answer.status_code == 403
    assert name_of(way) == ""


@pytest.fixture
def second() -> Iterator[LtiStub]:
    """Another platform, which names itself as it likes and signs by a key of its own."""
    with lti_platform() as stub:
        stub.published, stub.signs_with = [stub.another_key], stub.another_key
        yield stub


@pytest.mark.both
def test_one_platform_cannot_answer_in_anothers_place(
    way: LtiWay, second: LtiStub, caplog: pytest.LogCaptureFixture
) -> None:
    second.now, second.client = way.stub.now, "client-2"
    way.register(second, label="Other")
    address = way.begin().headers["location"]

    for claims in ({}, {"iss": way.stub.issuer, "aud": way.stub.client, "azp": way.stub.client}):
        answer = way.come_back(second.launch(address, **claims))
        assert (answer.status_code, TRUST in answer.text) == (401, True)
        address = way.begin().headers["location"]

    assert all(each.startswith(("signature: ", "iss: ")) for each in reasons(caplog))


def test_platforms_that_share_an_issuer_are_told_apart_by_their_clients(way: LtiWay, second: LtiStub) -> None:
    second.now, second.client, second.issuer = way.stub.now, "client-2", way.stub.issuer
    way.register(second, label="Other")

    which = way.begin(client_id="")
    first, other = (way.begin(client_id=client).headers["location"] for client in ("client-1", "client-2"))
    crossed = way.come_back(way.stub.launch(other))

    assert (which.status_code, "is not registered here" in which.text) == (401, True)
    assert (first.startswith(way.stub.address), other.startswith(second.address)) == (True, True)
    assert (crossed.status_code, TRUST in crossed.text) == (401, True)


@pytest.mark.parametrize("fields", [{"iss": "https://evil.example"}, {"client_id": "x"}, {"iss": ""}])
def test_a_platform_that_is_not_registered_is_sent_nobody(
    way: LtiWay, fields: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    answer = way.begin(**fields)

    assert (answer.status_code, "is not registered here" in answer.text) == (401, True)
    assert reasons(caplog)[0].startswith("0 platforms have the issuer ")
    assert count(way, SignOnTicket) == 0


def test_new_keys_of_the_platform_are_looked_for(way: LtiWay) -> None:
    assert way.launch().status_code == 303
    service = way.installation.app.state.launches
    (keys,) = service._published.values()
    keys.clock = lambda: keys._keys_since + published.AGAIN_SECONDS
    way.stub.published = [way.stub.another_key]
    way.stub.signs_with = way.stub.another_key

    assert way.launch().status_code == 303
    assert way.stub.requests.count("/keys") == 2


def test_a_platform_that_is_away_is_told_of(way: LtiWay) -> None:
    way.stub.answers = {"/keys": (503, {})}

    answer = way.launch()

    assert (answer.status_code, "does not answer as it should" in answer.text) == (503, True)


def test_who_is_signed_in_here_links_what_the_roster_does_not_know_with_their_password(way: LtiWay) -> None:
    page = browser(way.installation, "student1")
    stranger = {f"{CLAIM}lis": {"person_sourcedid": "X"}}

    way.launch(by=page, **stranger)
    without = way.confirm(by=page)
    linked = way.confirm(by=page, password=PASSWORD)

    assert (without.status_code, linked.headers["location"]) == (422, "/")
    assert way.launch(**stranger).headers["location"] == "/"
    assert name_of(way) == "student1"


def test_a_browser_of_somebody_without_a_password_gives_its_account_to_nobody_else(way: LtiWay) -> None:
    page = browser(way.installation, "student1")
    none = update(User).where(User.username == "student1").values(password_hash=None)
    way.installation.db.write(lambda session: session.execute(none))

    answer = way.launch(by=page, **{f"{CLAIM}lis": {"person_sourcedid": "X"}})

    assert (answer.status_code, "knows you as X" in answer.text) == (401, True)


@pytest.mark.parametrize(
    ("matches", "claims"),
    [
        (RosterFact.EMAIL, {}),
        (RosterFact.USERNAME, {f"{CLAIM}ext": {"user_username": "Student0"}}),
        (RosterFact.USERNAME, {f"{CLAIM}custom": {"username": "student0"}}),
        (RosterFact.STUDENT_NUMBER, {f"{CLAIM}custom": {"student_number": "b10901001"}, f"{CLAIM}lis": None}),
    ],
)
def test_an_account_is_named_by_what_the_registration_says(
    way: LtiWay, matches: RosterFact, claims: dict[str, Any]
) -> None:
    mail = update(User).where(User.username == "student0").values(email="Ann@example.edu")
    way.installation.db.write(lambda session: session.execute(mail))
    settle(way, matches)

    assert way.launch(**claims).headers["location"] == "/sign-in/confirm"
    assert "student0" in way.browser.get("/sign-in/confirm").text


def settle(way: LtiWay, matches: RosterFact) -> None:
    """Register the platform anew, with another word on what it tells of people."""

    def again(session: Any) -> None:
        (platform,) = platforms.all_platforms(session)
        platforms.remove(session, platform=platform, by=COMMAND_LINE, now=way.installation.clock())

    way.installation.db.write(again)
    way.register(matches=matches)


def test_an_address_that_the_platform_calls_unverified_names_nobody(way: LtiWay) -> None:
    settle(way, RosterFact.EMAIL)

    require_refused(way, "does not tell who you are", email_verified=False)


def test_an_instructor_links_the_course_they_come_from_and_others_then_land_here(way: LtiWay) -> None:
    early = way.launch()
    before = count(way, LtiContext)
    client, context_id = way.link()
    linked = way.installation.db.read(lambda session: session.get_one(LtiContext, context_id))

    again = client.get(f"/lti/contexts/{context_id}")
    page = words(client.get("/courses/ml/lti").text)

    assert (early.headers["location"], before) == ("/sign-in/confirm", 0)  # a student begins no link
    assert (linked.title, linked.context_id) == ("ML on Moodle", "context-1")
    assert (again.status_code, "ML on Moodle Moodle" in page) == (409, True)
    fields = {"form_token": form_token(client)}
    assert client.post(f"/courses/ml/lti/{context_id}/end", data=fields).status_code == 200
    assert "is linked with none" in client.get("/courses/ml/lti").text


def test_nobody_links_a_course_that_is_not_theirs_on_both_sides(way: LtiWay) -> None:
    client = way.arrive_as_iris()
    context_id = way.installation.db.read(lambda session: session.scalars(select(LtiContext.id)).one())
    path = f"/lti/contexts/{context_id}"
    ivan, student = browser(way.installation, "ivan"), browser(way.installation, "student1")

    foreign = client.post(path, data={"course": "other", "form_token": form_token(client)})
    strangers = [
        other.post(path, data={"course": course, "form_token": form_token(other)}).status_code
        for other, course in ((ivan, "other"), (student, "ml"))
    ]
    demoted = update(Member).where(Member.role == "instructor").values(role="ta")
    way.installation.db.write(lambda session: session.execute(demoted))
    as_ta = client.post(path, data={"course": "ml", "form_token": form_token(client)})

    assert (foreign.status_code, strangers, as_ta.status_code) == (404, [404, 404], 403)
    assert DEPLOYMENT in way.installation.db.read(
        lambda session: session.scalars(select(LtiContext.deployment_id)).one()
    )


def test_a_person_whose_data_are_deleted_is_in_no_course_of_a_platform(way: LtiWay) -> None:
    way.arrive_as_iris()
    iris, before = way.installation.user("iris"), count(way, LtiMember)

    way.installation.db.write(
        lambda session: erasure.erase(
            session, user=iris, reason="A letter.", by=COMMAND_LINE, now=way.installation.clock()
        ),
        private=True,
    )

    assert (before, count(way, LtiMember)) == (1, 0)
