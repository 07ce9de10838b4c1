"""Proxies of the environment: never before this machine itself, and named where they stand in the way."""

import sys
from pathlib import Path

import pytest

from client.api.client import Api
from client.api.errors import ApiError, Misuse, Unreachable
from client.api.proxies import proxy_for
from tests.client import answers
from tests.client.conftest import Splitboard
from tests.client.stub_server import Answer, StubServer

NOBODY = "http://127.0.0.1:9"  # no proxy listens there
VARIABLES = ("no_proxy", "NO_PROXY", "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("address", [NOBODY, "socks5://127.0.0.1:9", "no address"])
def test_this_machine_is_never_asked_through_a_proxy(
    server: StubServer, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    server.prepare("GET", "/api/competitions", Answer(200, {"competitions": []}))
    for name in ("http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, address)

    with Api(server.url, answers.TOKEN) as api:
        assert api.competitions() == ()
    assert proxy_for("http://localhost:8080") is None
    assert proxy_for("http://[::1]:8080") is None


def test_a_proxy_that_does_not_answer_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://ann:secret@127.0.0.1:9")

    with Api("http://ml.example.edu", answers.TOKEN) as api, pytest.raises(Unreachable) as unreachable:
        api.me()

    words = str(unreachable.value)
    assert "through the proxy http://127.0.0.1:9, which http_proxy names" in words
    assert "secret" not in words


def test_what_a_proxy_answers_in_its_own_words_names_it(
    server: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.prepare("GET", "/api/me", Answer(407, b"<html>"))
    monkeypatch.setenv("http_proxy", server.url.removeprefix("http://"))

    with Api("http://ml.example.edu", answers.TOKEN) as api, pytest.raises(ApiError) as refusal:
        api.me()

    assert f"through the proxy {server.url}, which http_proxy names" in str(refusal.value)


def test_a_socks_proxy_without_its_package_is_a_sentence(
    splitboard: Splitboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setenv("SPLITBOARD_URL", "https://ml.example.edu")
    monkeypatch.setenv("SPLITBOARD_TOKEN", answers.TOKEN)

    ended = splitboard("competitions")

    assert (ended.status, ended.out) == (2, "")
    assert "the proxy socks5://127.0.0.1:9, which ALL_PROXY names" in ended.err
    assert "pip install socksio" in ended.err


def test_an_address_that_is_no_proxy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "ftp://127.0.0.1:9")

    with pytest.raises(Misuse, match=r"the proxy ftp://127\.0\.0\.1:9, which https_proxy names"):
        Api("https://ml.example.edu", answers.TOKEN)


@pytest.mark.usefixtures("signed_in")
def test_a_server_that_sends_us_on_is_named_with_its_new_address(
    server: StubServer, splitboard: Splitboard
) -> None:
    sent_on = Answer(301, b"", {"Location": "https://127.0.0.1:8443/api/competitions"})
    server.prepare("GET", "/api/competitions", sent_on)

    ended = splitboard("competitions")

    assert ended.status == 5
    assert "sends us on to https://127.0.0.1:8443/api/competitions" in ended.err
    assert "`splitboard login --url https://127.0.0.1:8443`" in ended.err


@pytest.mark.usefixtures("signed_in")
def test_a_file_that_a_proxy_stops_is_not_called_invalid(
    server: StubServer, splitboard: Splitboard, predictions: Path
) -> None:
    server.prepare("GET", "/api/competitions/food", Answer(200, answers.competition()))
    page = Answer(413, b"<html>413 Request Entity Too Large</html>", {"Content-Type": "text/html"})
    server.prepare("POST", "/api/competitions/food/submissions", page)

    ended = splitboard("submit", "food", str(predictions))

    assert ended.status == 5
    assert "something before the server takes no file of this size" in ended.err
