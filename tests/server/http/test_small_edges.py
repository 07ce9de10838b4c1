"""What strangers and programs meet at the edges: whom to report to, encodings, words for foreign ids."""

import pytest
from starlette.testclient import TestClient

from grader.custom_metrics.protection import Protection
from grader.errors import MetricFailed
from server.app import create_app
from server.services.grading.answer_keys import AnswerKeys
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

BOARD = "/api/competitions/tiny/leaderboard/public"


def test_the_address_for_reports_stands_where_programs_look(installation: Installation) -> None:
    stranger = installation.client(None)
    without = stranger.get("/.well-known/security.txt", follow_redirects=False)
    installation.context.settings.security_contact = "mailto:ml@example.edu"

    answer = stranger.get("/.well-known/security.txt")

    assert without.status_code == 404
    assert answer.text.splitlines() == [
        "Contact: mailto:ml@example.edu",
        "Expires: 2030-09-09T04:00:00.000000Z",
    ]


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [("zstd;q=0, gzip", "gzip"), ("gzip;q=0", None), ("gzip; q=0.1", "gzip"), ("br", None)],
)
def test_an_encoding_that_is_refused_is_not_sent(
    installation: Installation, accept: str, encoding: str | None
) -> None:
    answer = installation.client("student0").get(BOARD, headers={"Accept-Encoding": accept})

    assert answer.headers.get("content-encoding") == encoding


@pytest.mark.parametrize("username", ["mallory", "ivan"])
def test_a_foreign_id_is_refused_in_the_words_of_one_that_is_missing(
    installation: Installation, username: str
) -> None:
    own = installation.client("student0").post(
        "/api/competitions/tiny/submissions", content=predictions(400, accuracy=0.6, seed=1)
    )
    run = installation.train("simple")
    stranger = installation.client(username)

    for path, foreign in (
        ("/api/submissions/{}", own.json()["id"]),
        ("/api/submissions/{}/receipt", own.json()["id"]),
        ("/api/baseline-runs/{}", run),
    ):
        unknown, known = (stranger.get(path.format(number)) for number in (99999, foreign))

        assert (known.status_code, unknown.status_code) == (404, 404)
        assert known.text == unknown.text.replace("99999", str(foreign))


def test_without_its_walls_no_metric_of_a_homework_runs_unless_it_may(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    names = Protection.__slots__
    open_network = Protection(**{name: name != "no_network" for name in names})  # type: ignore[arg-type]
    strict, lenient = (
        AnswerKeys(installation.context.store, unconfined_metrics=risk) for risk in (False, True)
    )
    for keys in (strict, lenient):
        monkeypatch.setattr(keys.sandbox, "start", lambda: open_network)

    with pytest.raises(MetricFailed, match="it can reach the network"):
        strict.require_walls()
    lenient.require_walls()

    assert caplog.text.count("the sandbox lacks a wall") == 2


@pytest.mark.parametrize(
    ("subdomains", "value"), [(False, "max-age=31536000"), (True, "max-age=31536000; includeSubDomains")]
)
def test_browsers_are_told_to_keep_to_https_for_subdomains_where_the_operator_says_so(
    installation: Installation, subdomains: bool, value: str
) -> None:
    settings = installation.context.settings.model_copy(
        update={"origin": "https://ml.example.edu", "hsts_subdomains": subdomains}
    )
    app = create_app(settings)

    answer = TestClient(app).get("/sign-in")

    app.state.context.close()
    app.state.db.close()
    assert answer.headers["strict-transport-security"] == value
