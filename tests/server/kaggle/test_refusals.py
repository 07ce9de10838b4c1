"""What Kaggle's clients are refused, when, by which status and in which words."""

import base64
from datetime import timedelta

import pytest
from sqlalchemy import update

from server.domain.people.accounts import tokens
from server.domain.people.accounts.scopes import TokenTerms
from server.models import Competition, Scope
from tests.support.browser import browser
from tests.support.installation import Installation
from tests.support.kaggle import OLD, RPC, SILENT, KaggleClient
from tests.support.tiny_homework import predictions

GOOD = predictions(400, accuracy=0.7, seed=1)
JSON = {"Content-Type": "application/json"}
AGENTS = pytest.mark.parametrize("agent", ["", OLD, SILENT], ids=["rpc", "1.6", "1.7"])


def refused_by_announcement(client: KaggleClient, size: int = 1000, slug: str = "tiny") -> tuple[int, str]:
    """The status and the sentence of a file that is refused before it is sent."""
    answer = client.start(size, slug=slug)
    assert "createUrl" not in answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.json().keys() == {"code", "message"}
    assert answer.status_code == (200 if client.agent == SILENT else answer.json()["code"])
    return answer.json()["code"], answer.json()["message"]


@AGENTS
def test_the_first_step_refuses_what_no_file_could_mend(installation: Installation, agent: str) -> None:
    client = KaggleClient(installation, "student0", agent)
    competition = installation.competition()
    for seed in range(5):
        assert client.submit(predictions(400, accuracy=0.6, seed=seed)).json()["ref"] == seed + 1

    spent = refused_by_announcement(client, size=999)
    unknown = refused_by_announcement(client, slug="tinny")
    installation.clock.advance(timedelta(days=1))
    large = refused_by_announcement(client, size=competition.upload_limit_bytes + 1)
    empty = refused_by_announcement(client, size=0)
    installation.db.write(lambda session: session.execute(update(Competition).values(has_practice=False)))
    installation.clock.now = competition.late_until + timedelta(hours=1)
    closed = refused_by_announcement(client)

    assert spent[0] == closed[0] == 400
    assert unknown[0] == (400 if agent == OLD else 404)
    assert (large[0], empty[0]) == (413, 422)
    assert "5 of 5" in spent[1]
    assert "'tinny'" in unknown[1]
    assert f"{competition.upload_limit_bytes:,}" in large[1]
    assert "empty" in empty[1]
    assert "ended" in closed[1]


def test_before_the_opening_there_is_no_such_competition(installation: Installation) -> None:
    installation.clock.now = installation.competition().opens_at - timedelta(seconds=1)
    client = KaggleClient(installation, "student0")

    assert refused_by_announcement(client)[0] == 404
    assert client.call("ListCompetitions").json()["competitions"] == []


def test_a_limit_makes_nobody_wait_for_another_day(installation: Installation) -> None:
    client = KaggleClient(installation, "student0")
    for seed in range(5):
        client.submit(predictions(400, accuracy=0.6, seed=seed))

    answer = client.start(10)

    assert answer.status_code == 400
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize(
    ("token", "facts"),
    [
        ("student0", {"active": True, "username": "student0"}),
        ("worker", {"active": False}),
        ("", {"active": False}),
        ("sbp_unknown", {"active": False}),
    ],
)
def test_whose_token_it_is_is_told_and_never_refused(
    installation: Installation, token: str, facts: dict[str, object]
) -> None:
    body = {"token": installation.tokens.get(token, token)}

    answer = installation.client(None).post("/api/v1/security.OAuthService/IntrospectToken", json=body)

    assert (answer.status_code, answer.json()) == (200, facts)


@pytest.mark.parametrize(
    "path",
    [
        "users.AccountService/GenerateAccessToken",
        "competitions.CompetitionApiService/ListCompetitionTopics",
        "kernels.KernelsApiService/ListKernels",
    ],
)
@pytest.mark.parametrize("username", [None, "student0"])
def test_what_is_not_here_is_404_whoever_asks(
    installation: Installation, path: str, username: str | None
) -> None:
    answer = installation.client(username).post(f"/api/v1/{path}", json={"refreshToken": "secret"})

    assert answer.status_code == 404
    assert answer.json() == {"code": 404, "message": answer.json()["message"]}
    assert path.partition("/")[2] in answer.json()["message"]


@pytest.mark.parametrize("path", ["", "nothing", "competitions/data/list/a%2Fb", "a.b/c/d"])
def test_an_address_that_is_none_has_the_shape_that_is_shown(installation: Installation, path: str) -> None:
    answer = installation.client("student0").get(f"/api/v1/{path}")

    assert answer.status_code == 404
    assert answer.json() == {"code": 404, "message": "Not Found."}


def test_a_fault_of_any_kind_has_the_shape_that_is_shown(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = KaggleClient(installation, "student0")
    monkeypatch.setattr("server.serializers.kaggle.competition", lambda *parts, **more: 1 / 0)

    answers = {
        500: client.call("ListCompetitions"),
        405: client.http.get(f"{RPC}/ListCompetitions"),
        422: client.http.post(
            f"{RPC}/ListSubmissions", content=b"{", headers={"Content-Type": "application/json"}
        ),
        404: client.call("GetSubmission", ref=99),
    }

    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.json().keys() == {"code", "message"}
        assert answer.json()["code"] == status


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"student0:sbp_wrong").decode(),
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
        "Bearer sbp_wrong",
    ],
)
def test_without_a_good_key_nobody_is_let_in(installation: Installation, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}

    answer = installation.client(None).post(f"{RPC}/ListCompetitions", json={}, headers=headers)

    assert answer.status_code == 401
    assert answer.json()["code"] == 401


def test_a_key_goes_with_its_owners_name(installation: Installation) -> None:
    token = installation.tokens["student0"]
    client = installation.client(None)

    def status(name: str) -> int:
        key = base64.b64encode(f"{name}:{token}".encode()).decode()
        return client.get("/api/v1/competitions/list", headers={"Authorization": f"Basic {key}"}).status_code

    assert [status("student0"), status("Student0"), status("student1"), status("")] == [200, 200, 401, 401]
    basic = base64.b64encode(f"student0:{token}".encode()).decode()
    assert client.get("/api/competitions", headers={"Authorization": f"Basic {basic}"}).status_code == 401


def test_a_session_of_a_browser_is_no_key(installation: Installation) -> None:
    page = browser(installation, "student0")

    assert page.get("/api/v1/competitions/list").status_code == 401
    assert page.get("/api/v1/competitions/tiny/leaderboard/view").json()["code"] == 401


def test_a_token_opens_what_it_was_made_for(installation: Installation) -> None:
    user, now = installation.user("student0"), installation.clock()
    terms = TokenTerms(frozenset({Scope.READ}))
    installation.tokens["student0"] = installation.db.write(
        lambda session: tokens.make_token(session, user=user, name="to read", terms=terms, now=now)
    ).secret

    for agent in ("", OLD):
        client = KaggleClient(installation, "student0", agent)
        refused = client.start(len(GOOD))
        assert (refused.status_code, refused.json()["code"]) == (403, 403)
        assert "`submit`" in refused.json()["message"]
    assert client.get("competitions/list").status_code == 200
    assert KaggleClient(installation, "student0").call("ListSubmissions", competitionName="tiny").is_success
