"""A line of the log carries its facts: those it names, and those that were bound before."""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from server import logs
from server.domain.audit.actor import COMMAND_LINE
from server.domain.grading.answer_keys import current_of
from server.domain.people.accounts import accounts
from tests.support.installation import PASSWORD, Installation
from tests.support.tiny_homework import predictions

PATH = "/api/competitions/tiny/submissions"


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    logs.begin()
    logs.configure("info")
    yield capsys
    root.handlers = handlers
    root.setLevel(level)
    logs.begin()


def lines(log: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was logged since the last look."""
    return own_lines(log.readouterr().err)


def own_lines(text: str) -> list[dict[str, Any]]:
    """The lines of a log, without those of the tests' own HTTP client."""
    entries = [json.loads(line) for line in text.splitlines()]
    return [entry for entry in entries if entry["logger"] != "httpx2"]


def test_a_line_has_its_own_facts_and_the_bound_ones(log: pytest.CaptureFixture[str]) -> None:
    with logs.bound(run=7):
        logs.logger_of("server.test").warning("the broker is away", reason="no route")
    logs.logger_of("server.test").info("it is back")

    first, second = lines(log)
    assert first.pop("time").endswith("Z")
    assert first == {
        "event": "the broker is away",
        "level": "warning",
        "logger": "server.test",
        "reason": "no route",
        "run": 7,
    }
    assert "run" not in second


def test_a_line_of_a_library_has_the_bound_facts(log: pytest.CaptureFixture[str]) -> None:
    with logs.bound(submission=3):
        logging.getLogger("celery.worker").warning("gone %s", "away")

    (line,) = lines(log)
    assert (line["event"], line["level"], line["submission"]) == ("gone away", "warning", 3)


def test_an_error_is_one_line_with_its_traceback(log: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError("two\nlines \x1b[31m")
    except ValueError:
        logs.logger_of("server.test").exception("the sweep failed")

    text = log.readouterr().err
    assert text.count("\n") == 1
    assert "\x1b" not in text
    assert "ValueError: two" in json.loads(text)["exception"]


def test_work_in_another_thread_keeps_the_facts(log: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        logs.logger_of("server.test").info("graded")

    with ThreadPoolExecutor(1) as threads, logs.bound(request="a1"):
        threads.submit(logs.carried(work)).result()

    assert lines(log)[0]["request"] == "a1"


def test_an_uploads_last_line_names_request_competition_and_submission(
    installation: Installation, log: pytest.CaptureFixture[str]
) -> None:
    client = installation.client("student0")

    answers = [client.put(PATH, content=predictions(400, accuracy=0.6, seed=seed)) for seed in (1, 2)]

    entries = [line for line in lines(log) if line["event"] == "upload answered"]
    assert [line["submission"] for line in entries] == [answer.json()["id"] for answer in answers]
    assert {(line["competition"], line["state"], line["path"]) for line in entries} == {
        ("tiny", "scored", PATH)
    }
    assert len({line["request"] for line in entries}) == 2


def test_a_grading_that_breaks_is_logged_under_its_request(
    installation: Installation, log: pytest.CaptureFixture[str]
) -> None:
    competition = installation.competition()
    key = installation.db.read(lambda session: current_of(session, competition.id))
    installation.context.store.path(key.sha256).unlink()

    answer = installation.client("student0").put(PATH, content=predictions(400, accuracy=0.6, seed=1))

    broken, answered = [line for line in lines(log) if line["logger"].startswith("server.services")]
    assert answer.status_code == 500
    assert (broken["event"], broken["answer_key"]) == ("grading failed", key.id)
    assert "FileNotFoundError" in broken["exception"]
    assert (answered["event"], answered["state"]) == ("upload answered", "failed")
    assert broken["request"] == answered["request"] == answer.headers["X-Request-ID"]


def test_sign_ins_and_refusals_are_logged_with_who_and_from_where(
    installation: Installation, log: pytest.CaptureFixture[str]
) -> None:
    user = installation.user("student0").id
    body = {"username": "student0", "password": "a wrong secret", "name": "laptop"}

    installation.client(None).post("/api/tokens", json=body)
    installation.client(None).post("/api/tokens", json=body | {"password": PASSWORD})
    installation.client("student0").get("/api/competitions/tiny/audit")
    installation.client(None).get("/api/me")

    text = log.readouterr().err
    entries = own_lines(text)
    facts = [(each["event"], each.get("user"), each.get("status"), each["client"]) for each in entries]
    assert facts == [
        ("sign-in refused", user, None, "testclient"),
        ("refused", user, 401, "testclient"),
        ("signed in", user, None, "testclient"),
        ("refused", user, 403, "testclient"),
        ("refused", None, 401, "testclient"),
    ]
    assert "a wrong secret" not in text
    assert PASSWORD not in text
    assert installation.tokens["student0"] not in text


def test_a_limit_that_is_met_is_logged(installation: Installation, log: pytest.CaptureFixture[str]) -> None:
    for seed in range(6):
        installation.client("student0").put(PATH, content=predictions(400, accuracy=0.6, seed=seed))

    (refused,) = [line for line in lines(log) if line["event"] == "refused"]
    assert (refused["status"], refused["code"], refused["competition"]) == (
        429,
        "daily_limit_reached",
        "tiny",
    )
    assert refused["user"] == installation.user("student0").id


def test_a_new_password_is_logged_and_is_not(
    installation: Installation, log: pytest.CaptureFixture[str]
) -> None:
    user = installation.user("student0")
    stored = accounts.chosen_password_hash("another password")

    installation.db.write(
        lambda session: accounts.set_password(
            session, user=user, password_hash=stored, by=COMMAND_LINE, now=installation.clock()
        )
    )

    text = log.readouterr().err
    entry = json.loads(text)
    assert (entry["event"], entry["user"], entry["by"]) == ("password set", user.id, None)
    assert stored not in text


@pytest.mark.parametrize(("proxy", "client"), [("192.0.2.1", "198.51.100.7"), ("192.0.2.9", "192.0.2.9")])
def test_a_clients_address_is_taken_from_trusted_proxies_alone(
    installation: Installation, log: pytest.CaptureFixture[str], proxy: str, client: str
) -> None:
    behind = ProxyHeadersMiddleware(installation.app, trusted_hosts="192.0.2.1")  # type: ignore[arg-type]
    page = TestClient(behind, client=(proxy, 1), headers={"X-Forwarded-For": "203.0.113.1, 198.51.100.7"})

    page.get("/api/me")

    assert [line["client"] for line in lines(log)] == [client]
