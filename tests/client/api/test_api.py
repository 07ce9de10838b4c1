"""The typed calls against the routes of docs/api.md."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from client.api.client import Api
from client.api.errors import ApiError, Misuse, NotSignedIn, SentOn, UnexpectedAnswer, Unreachable
from client.api.types.competitions import Progress
from tests.client import answers
from tests.client.api.every_route import LEASE, call_everything, prepare_every_route
from tests.client.stub_server import Answer, Cut, StubServer

API_PAGE = Path(__file__).parents[3] / "docs" / "api.md"


ZONE = "PUT /api/me/zone"  # of the pages, which show it
FILES = {"GET /api/worker/files/{run}/{sha256}", "PUT /api/competitions/{slug}/submissions"}
OF_NO_METHOD = {*FILES, ZONE}


def documented_routes() -> set[str]:
    """Every route of the page as `METHOD /path`, with its parts in braces."""
    routes = re.findall(r"`(GET|POST|PUT|DELETE) (/api/[^`? ]+)", API_PAGE.read_text(encoding="utf-8"))
    return {f"{method} {path}" for method, path in routes}


def as_pattern(route: str) -> str:
    return re.sub(r"\\{\w+\\}", "[^/]+", re.escape(route))


def test_every_documented_route_is_called_by_the_client(server: StubServer, api: Api, tmp_path: Path) -> None:
    prepare_every_route(server)

    call_everything(api, tmp_path)

    called = {f"{one.method} {one.path}" for one in server.asked}
    routes = documented_routes()
    uncalled = [each for each in routes if not any(re.fullmatch(as_pattern(each), one) for one in called)]
    assert len(documented_routes()) >= 20
    assert set(uncalled) == OF_NO_METHOD


def test_times_come_with_their_zone_and_unknown_fields_are_ignored(server: StubServer, api: Api) -> None:
    server.prepare("GET", "/api/competitions/food", Answer(200, answers.competition(invented_later=1)))

    competition = api.competition("food")

    assert competition.deadline_at == datetime(2026, 3, 14, 16, tzinfo=UTC)
    assert competition.tiers[0].threshold_private is None


def test_a_missing_field_is_named_with_its_route(server: StubServer, api: Api) -> None:
    broken = answers.competition()
    del broken["metric"]
    server.prepare("GET", "/api/competitions/food", Answer(200, broken))

    with pytest.raises(
        UnexpectedAnswer,
        match=r"/api/competitions/food .*Competition: Object missing required field `metric`",
    ):
        api.competition("food")


def test_a_field_of_the_wrong_kind_is_named_with_its_path(server: StubServer, api: Api) -> None:
    broken = answers.competition(today={**answers.TODAY, "left": "three"})
    server.prepare("GET", "/api/competitions/food", Answer(200, broken))

    with pytest.raises(UnexpectedAnswer, match=r"today\.left: Expected `int`, got `str`"):
        api.competition("food")


def test_a_refusal_carries_the_servers_words_and_facts(server: StubServer, api: Api) -> None:
    words = "The private board opens on Sunday."
    path = "/api/competitions/food/leaderboard/private"
    server.prepare("GET", path, answers.refusal(403, "private_hidden", words, reveal_at=answers.MIDNIGHT))

    with pytest.raises(ApiError) as refused:
        api.leaderboard("food", "private")

    assert str(refused.value) == words
    assert (refused.value.status, refused.value.code) == (403, "private_hidden")
    assert refused.value.details == {"reveal_at": answers.MIDNIGHT}


def test_a_proxys_own_error_page_is_a_refusal_too(server: StubServer, api: Api) -> None:
    server.prepare(
        "POST", "/api/tokens", Answer(502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"})
    )

    with pytest.raises(ApiError, match="answered 502") as refused:
        api.login("alice", "secret", name="laptop")

    assert refused.value.code == "our_fault"


def test_another_sites_page_is_not_taken_for_an_answer(server: StubServer, api: Api) -> None:
    server.prepare("GET", "/api/me", Answer(200, b"<html>Welcome</html>", {"Content-Type": "text/html"}))

    with pytest.raises(UnexpectedAnswer, match="text/html instead of a JSON object"):
        api.me()


def test_a_redirect_is_not_followed_with_the_token(server: StubServer, api: Api) -> None:
    server.prepare("GET", "/api/me", Answer(302, None, {"Location": "http://elsewhere.example/"}))

    with pytest.raises(SentOn, match=r"elsewhere\.example.* Is this the course"):
        api.me()


def test_a_question_is_asked_again_after_a_cut_connection(server: StubServer, api: Api) -> None:
    server.prepare("GET", "/api/me", Cut(), Answer(200, answers.USER))

    assert api.me().username == "alice"


def test_a_claim_is_not_repeated_after_a_cut_connection(server: StubServer, api: Api) -> None:
    server.prepare("POST", "/api/worker/claim", Cut())

    with pytest.raises(Unreachable, match="connection was cut"):
        api.claim_run(worker="gpu1")

    assert len(server.asked_of("POST", "/api/worker/claim")) == 1


def test_a_port_where_nobody_listens_is_unreachable(server: StubServer) -> None:
    with (
        Api("http://127.0.0.1:9", timeout=1.0) as nowhere,
        pytest.raises(Unreachable, match="No answer from"),
    ):
        nowhere.me()


@pytest.mark.parametrize(
    "address", ["judge.example.edu", "ftp://judge.example.edu", "http://[", "http://a b", "http://", ""]
)
def test_what_is_no_address_of_a_server_is_refused_at_once(address: str) -> None:
    with pytest.raises(Misuse, match="begins with http:// or https://"):
        Api(address)


def test_a_token_that_cannot_be_sent_is_refused_without_quoting_it() -> None:
    with pytest.raises(NotSignedIn) as refused:
        Api("http://127.0.0.1:9", "sbp_secret\nx")

    assert "sbp_secret" not in str(refused.value)


def test_a_claimed_run_tells_its_files_and_prints_no_lease_token(server: StubServer, api: Api) -> None:
    claimed = {"id": 9, "tier": "simple", "seed": 0, "homework": "hw03_food", "competition": "food"}
    files = [answers.file("train.csv", b"x")]
    claim = {"run": claimed, "lease_token": "lease-secret", "lease_seconds": 60, "files": files}
    server.prepare("POST", "/api/worker/claim", Answer(200, claim))

    lease = api.claim_run(worker="gpu1")

    assert lease is not None
    assert (lease.run.tier, lease.lease_token, lease.files[0].name) == ("simple", "lease-secret", "train.csv")
    assert "lease-secret" not in repr(lease)


def test_a_heartbeat_sends_progress_and_new_log_lines(server: StubServer, api: Api) -> None:
    server.prepare("POST", "/api/baseline-runs/9/heartbeat", Answer(200, LEASE))

    until = api.heartbeat(
        9, lease_token="lease", progress=Progress(epoch=2, epochs=4, loss=0.5), log="epoch 2\n"
    )

    assert until == datetime(2026, 3, 14, 16, tzinfo=UTC)
    assert b'"epoch":2' in server.asked[-1].body.replace(b" ", b"")


def test_a_lost_lease_is_told_by_its_code(server: StubServer, api: Api) -> None:
    lost = answers.refusal(409, "lease_lost", "Another worker has this run.")
    server.prepare("POST", "/api/baseline-runs/9/report", lost)

    with pytest.raises(ApiError) as refused:
        api.post_report(9, lease_token="old", device="cpu", seconds=1.0, peak_memory_mb=1.0, versions={})

    assert refused.value.code == "lease_lost"


def test_links_of_a_server_behind_a_path_prefix_lead_there(server: StubServer) -> None:
    server.prepare("GET", "/judge/api/me", Answer(200, answers.USER))

    with Api(f"{server.url}/judge/") as api:
        name = api.me().username

    assert name == "alice"
