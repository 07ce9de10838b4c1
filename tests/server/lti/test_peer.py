"""Another implementation of a tool, pylti1p3next, takes our stub's launches and is answered as we are.

So the stub of the other tests is no mirror of our own mistakes; and what we send is what that library sends.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pylti1p3.assignments_grades import AssignmentsGradesService
from pylti1p3.cookie import CookieService
from pylti1p3.exception import LtiException, ToolConfException
from pylti1p3.grade import Grade
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.names_roles import NamesRolesProvisioningService
from pylti1p3.registration import Registration
from pylti1p3.request import Request
from pylti1p3.service_connector import ServiceConnector
from pylti1p3.session import SessionService
from pylti1p3.tool_config import ToolConfDict

from server.domain.lti import own_key
from server.domain.lti.contexts import LinkedContext
from server.domain.lti.outbox import ClaimedScore
from server.domain.people.sign_on.claims import RosterFact
from server.models import LtiContext, LtiPlatform
from server.services.lti.asking import PlatformServices
from server.services.lti.people import people_of
from server.services.lti.platforms import SCOPES, SCORE_SCOPE
from server.services.lti.scores import message_of
from tests.support.lti_platform import CLIENT, DEPLOYMENT, MEMBERSHIP, LtiStub, lti_platform

STATE, NONCE = "state-1", "nonce-1"


@pytest.fixture
def stub(tmp_path: Path) -> Iterator[LtiStub]:
    """A platform that knows the key of a tool, and 120 people."""
    with lti_platform() as running:
        running.tool_keys = own_key.published(tmp_path)
        running.members = [
            {"user_id": f"subject-{number}", "roles": [f"{MEMBERSHIP}Learner"], "status": "Active"}
            for number in range(120)
        ]
        yield running


class PeerRequest(Request):
    """What the peer reads of a request."""

    def __init__(self, form: dict[str, str]) -> None:
        self._form, self._session = form, dict[str, Any]()

    @property
    def session(self) -> dict[str, Any]:
        return self._session

    def is_secure(self) -> bool:
        return False

    def get_param(self, key: str) -> str:
        return self._form[key]


class PeerCookies(CookieService):
    """The cookies of a browser that was sent to the platform."""

    def get_cookie(self, name: str) -> str | None:
        return name  # the library's cookie of a state holds the state

    def set_cookie(self, name: str, value: str | int, exp: int | None = 3600) -> None:
        raise NotImplementedError


class PeerLaunch(MessageLaunch):
    """A launch as the peer takes it."""

    def _get_request_param(self, key: str) -> str:
        return str(self._request.get_param(key))


class PeerConnector(ServiceConnector):
    """The peer's way to a platform's services; it keeps no token."""

    def _get_cached_access_token(self, scope_key: str) -> None:
        return None

    def _cache_access_token(self, scope_key: str, access_token: str, expires_in: float) -> None:
        return None


def taken_by_peer(stub: LtiStub, **claims: Any) -> dict[str, Any]:
    """What the peer reads in a launch of the stub; raises LtiException."""
    request = PeerRequest({"state": STATE, "id_token": stub.token(NONCE, **claims)})
    session = SessionService(request)
    session.save_nonce(NONCE)
    registered = {
        "client_id": stub.client,
        "auth_login_url": f"{stub.address}/authorize",
        "auth_token_url": f"{stub.address}/token",
        "key_set_url": f"{stub.address}/keys",
        "deployment_ids": [DEPLOYMENT],
    }
    tool = ToolConfDict({stub.issuer: registered})
    launch = PeerLaunch(request, tool, session_service=session, cookie_service=PeerCookies())
    return dict(launch.validate().get_launch_data())


def test_the_peer_takes_the_launches_that_we_take_and_refuses_wrong_ones(stub: LtiStub) -> None:
    assert taken_by_peer(stub)["sub"] == "subject-1"
    for wrong in (
        {"nonce": "another"},
        {"aud": "x", "azp": "x"},
        {"exp": 1},
        {"iss": "https://evil.example"},
    ):
        with pytest.raises((LtiException, ToolConfException)):
            taken_by_peer(stub, **wrong)


def registration(stub: LtiStub, data_dir: Path) -> Registration:
    """The peer as the tool that we are, with our own key."""
    key = own_key.own_key(data_dir)
    peer = Registration().set_issuer(stub.issuer).set_client_id(CLIENT)
    peer.set_auth_token_url(f"{stub.address}/token")
    peer.set_tool_private_key(key.as_pem(private=True).decode())
    peer.set_tool_public_key(key.as_pem(private=False).decode())
    return peer


def test_the_peer_publishes_our_key_as_we_do(stub: LtiStub, tmp_path: Path) -> None:
    (peers,) = registration(stub, tmp_path).get_jwks()
    (ours,) = own_key.published(tmp_path)["keys"]

    assert {name: peers[name] for name in ("kty", "n", "e", "kid", "alg", "use")} == ours


def test_the_peer_reads_the_same_people_as_we(stub: LtiStub, tmp_path: Path) -> None:
    address = f"{stub.address}/members"
    connector = PeerConnector(registration(stub, tmp_path))
    peers = NamesRolesProvisioningService(connector, {"context_memberships_url": address}).get_members()

    linked = LinkedContext(LtiContext(members_url=address), platform_of(stub))
    ours = asyncio.run(people_of(PlatformServices(tmp_path), linked))

    assert len(ours) == 120
    assert [each.subject for each in ours] == [each["user_id"] for each in peers]


def platform_of(stub: LtiStub) -> LtiPlatform:
    """The stub as a registered platform."""
    facts = {"label": "Moodle", "client_id": CLIENT, "deployment_ids": [DEPLOYMENT]}
    addresses = {"issuer": stub.issuer, "token_url": f"{stub.address}/token"}
    return LtiPlatform(id=1, matches=RosterFact.EMAIL.value, **facts, **addresses)


def test_a_score_of_ours_says_what_the_peers_says_and_that_it_is_no_attempt(
    stub: LtiStub, tmp_path: Path
) -> None:
    instant = datetime(2030, 3, 15, 12, tzinfo=UTC)
    grade = Grade().set_user_id("subject-1").set_score_given(0).set_score_maximum(5)
    grade.set_activity_progress("Completed").set_grading_progress("FullyGraded")
    grade.set_timestamp("2030-03-15T12:00:00.000000Z")
    item = f"{stub.address}/items/1?type_id=2"
    services = {"scope": list(SCOPES), "lineitem": item, "lineitems": f"{stub.address}/items"}
    AssignmentsGradesService(PeerConnector(registration(stub, tmp_path)), services).put_grade(grade)

    ours = message_of(ClaimedScore(1, 1, 1, "subject-1", 0.0, 5.0, instant, tries=1))

    ((column, peers),) = stub.scores
    assert column == "/items/1"
    assert SCORE_SCOPE in stub.tokens["token-0"]
    extra = {name: value for name, value in ours.items() if name not in peers}
    assert {name: ours[name] for name in peers} == peers
    assert extra == {"https://canvas.instructure.com/lti/submission": {"new_submission": False}}
