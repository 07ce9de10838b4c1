"""The relay of `splitboard kaggle`: what it leads to the server, and what it keeps from both sides."""

import base64
import socket
from collections.abc import Iterator

import httpx2
import pytest

from client.api.relay import Relay
from tests.client.answers import TOKEN
from tests.client.stub_server import Answer, StubServer

PATH = "/api/v1/competitions.CompetitionApiService"
RPC = f"http://localhost{PATH}"
INTROSPECT = "http://localhost/api/v1/security.OAuthService/IntrospectToken"
OWN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def relay(server: StubServer) -> Iterator[Relay]:
    with Relay(server.url, TOKEN) as running:
        yield running


@pytest.fixture
def kaggle(relay: Relay) -> Iterator[httpx2.Client]:
    """A client that goes by the relay, as Kaggle's does."""
    with httpx2.Client(transport=httpx2.HTTPTransport(proxy=httpx2.Proxy(relay.address))) as client:
        yield client


def basic(key: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"alice:{key}".encode()).decode()}


def asked_by_hand(relay: Relay, head: str) -> str:
    """What the relay answers to these lines."""
    host, port = relay.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as wire:
        wire.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        return wire.makefile().read()


def test_a_request_reaches_the_server_whole_and_its_answer_comes_back(
    server: StubServer, kaggle: httpx2.Client
) -> None:
    server.prepare(
        "POST", "/api/v1/competitions.CompetitionApiService/ListSubmissions", Answer(422, {"code": 422})
    )

    answer = kaggle.post(f"{RPC}/ListSubmissions", json={"page": 1}, headers=OWN)

    assert (answer.status_code, answer.json()) == (422, {"code": 422})
    assert server.asked[-1].body == b'{"page":1}'
    assert server.asked[-1].headers["authorization"] == OWN["Authorization"]
    assert server.asked[-1].headers["host"] == httpx2.URL(server.url).netloc.decode()


def test_the_address_of_a_file_leads_through_the_relay(server: StubServer, kaggle: httpx2.Client) -> None:
    facts = {"token": "t", "createUrl": f"{server.url}/api/v1/kaggle/uploads?key=s"}
    server.prepare(
        "POST", "/api/v1/competitions.CompetitionApiService/StartSubmissionUpload", Answer(200, facts)
    )
    server.prepare("PUT", "/api/v1/kaggle/uploads", Answer(200, {}))

    address = kaggle.post(f"{RPC}/StartSubmissionUpload", json={}, headers=OWN).json()["createUrl"]
    sent = kaggle.put(address, content=b"id,label\n")

    assert address == "http://localhost/api/v1/kaggle/uploads?key=s"
    assert sent.status_code == 200
    assert (server.asked[-1].body, server.asked[-1].query) == (b"id,label\n", {"key": "s"})


@pytest.mark.parametrize(
    "url",
    [
        "http://www.kaggle.com/api/v1/competitions/list",
        "http://localhost:8080/api/v1/competitions/list",
        "http://localhost/competitions",
        "http://localhost/api/../account",
    ],
)
def test_no_other_address_is_asked(server: StubServer, kaggle: httpx2.Client, url: str) -> None:
    answer = kaggle.request("GET", url, headers=OWN)

    assert answer.status_code == 403
    assert answer.json()["code"] == 403
    assert server.asked == []


def test_a_tunnel_is_refused(server: StubServer, relay: Relay) -> None:
    answer = asked_by_hand(relay, "CONNECT www.kaggle.com:443 HTTP/1.1\nHost: www.kaggle.com:443")

    assert answer.startswith("HTTP/1.1 403")
    assert server.asked == []


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer KGAT_real"}, basic("real"), {"Authorization": "x y"}]
)
def test_a_key_of_kaggles_own_stays_here(
    server: StubServer, kaggle: httpx2.Client, headers: dict[str, str]
) -> None:
    answer = kaggle.post(f"{RPC}/ListCompetitions", json={}, headers=headers)

    assert answer.status_code == 403
    assert server.asked == []


def test_ones_own_key_may_come_in_both_spellings(server: StubServer, kaggle: httpx2.Client) -> None:
    server.prepare("GET", "/api/v1/competitions/list", Answer(200, {}), Answer(200, {}))

    answers = [
        kaggle.get("http://localhost/api/v1/competitions/list", headers=headers)
        for headers in (OWN, basic(TOKEN))
    ]

    assert [answer.status_code for answer in answers] == [200, 200]


def test_only_ones_own_token_is_asked_about(server: StubServer, kaggle: httpx2.Client) -> None:
    server.prepare("POST", "/api/v1/security.OAuthService/IntrospectToken", Answer(200, {"active": True}))

    other = kaggle.post(INTROSPECT, json={"token": "KGAT_real"})
    nothing = kaggle.post(INTROSPECT, content=b"{")
    refresh = kaggle.post(
        "http://localhost/api/v1/users.AccountService/GenerateAccessToken", json={"refreshToken": "real"}
    )

    assert (other.status_code, other.json()) == (200, {"active": False})
    assert nothing.json() == {"active": False}
    assert refresh.status_code == 404  # a 401 would make the client delete what it has stored
    assert server.asked == []
    assert kaggle.post(INTROSPECT, json={"token": TOKEN}).json() == {"active": True}


def test_a_server_that_is_away_is_said_in_a_sentence() -> None:
    away = "http://127.0.0.1:9"
    with Relay(away, TOKEN) as relay:
        proxy = httpx2.HTTPTransport(proxy=httpx2.Proxy(relay.address))
        with httpx2.Client(transport=proxy) as kaggle:
            answer = kaggle.get("http://localhost/api/v1/competitions/list", headers=OWN)

    assert answer.status_code == 502
    assert away in answer.json()["message"]
