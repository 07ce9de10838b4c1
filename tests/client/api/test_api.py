"""The typed calls against the routes of docs/api.md."""

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from client.api.client import Api
from client.api.errors import ApiError, Misuse, NotSignedIn, SentOn, UnexpectedAnswer, Unreachable
from client.api.types.competitions import Progress
from tests.client import answers
from tests.client.stub_server import Answer, Cut, StubServer
from tests.support import published

API_PAGE = Path(__file__).parents[3] / "docs" / "api.md"
FOOD = "/api/competitions/food"
LEASE = {"lease_until": answers.MIDNIGHT}


def team_routes() -> dict[tuple[str, str], object]:
    own, of_staff = f"{FOOD}/team", {"id": 5, "name": "Foxes", "members": []}
    team = {"competition": "food", "name": "Foxes", "members": [], "team_size": 3}
    words = ["invitations", "leave", *(f"invitations/7/{word}" for word in ("accept", "decline", "withdraw"))]
    return {
        ("GET", own): team,
        ("PUT", own): team,
        **{("POST", f"{own}/{word}"): team for word in words},
        ("GET", f"{FOOD}/teams"): {"teams": [of_staff]},
        ("PUT", f"{FOOD}/teams/5"): of_staff,
        ("POST", f"{FOOD}/teams/moves"): of_staff,
    }


def staff_routes() -> dict[tuple[str, str], object]:
    """The routes of staff, each with an example of the answer that is published for it."""
    acts = ("apply", "undo", "cancel")
    gets = ["rescores", "rescores/2", "rescores/2/preview", "rules", "allowances", "announcements", "audit"]
    gets += ["leaderboard/public/deadline", "shake-up", "thresholds", "costs", "integrity"]
    posts = ["rescores", *(f"rescores/2/{act}" for act in acts), "allowances", "allowances/3/revoke"]
    posts += ["announcements", "announcements/4/withdrawal", "announcements/refused-mails"]
    posts += ["clone", "archive", "unarchive"]
    operations = [
        *(("GET", f"{FOOD}/{path}") for path in gets),
        *(("POST", f"{FOOD}/{path}") for path in posts),
        ("PUT", f"{FOOD}/rules"),
        ("PUT", f"{FOOD}/thresholds/boss"),
        ("PUT", "/api/me/language"),
        ("PUT", "/api/me/mail"),
        ("GET", "/api/audit"),
        ("GET", "/api/me/data"),
        ("GET", "/api/people/8/data"),
        ("POST", "/api/people/8/erasure"),
        ("GET", "/api/courses/ml/competitions"),
        ("GET", "/api/courses/ml/drafts"),
        ("POST", "/api/courses/ml/clone"),
        ("POST", "/api/courses/ml/archive"),
    ]
    tables = [
        f"{FOOD}/leaderboard/public/board.csv",
        f"{FOOD}/rescores/2/preview.csv",
        f"{FOOD}/audit.csv",
        f"{FOOD}/grades.csv",
        f"{FOOD}/answer-key.csv",
        "/api/audit.csv",
    ]
    return {
        **{(method, path): published_answer(method, path) for method, path in operations},
        **{("GET", path): b"team,points\n" for path in tables},
    }


def published_answer(method: str, path: str) -> object:
    operation = published.operation_of(method, path)
    assert operation is not None, (method, path)
    return published.answer_of(operation)


def prepare_every_route(server: StubServer) -> None:
    content = b"id,label\n"
    facts = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    routes = {
        ("POST", "/api/tokens"): {"token": answers.TOKEN, "name": "laptop", "user": answers.USER},
        ("GET", "/api/tokens"): {"tokens": []},
        ("DELETE", "/api/tokens/3"): None,
        ("GET", "/api/me"): answers.USER,
        ("GET", "/api/competitions"): {"competitions": [answers.competition()]},
        ("GET", "/api/competitions/food"): answers.competition(),
        ("GET", "/api/competitions/food/files"): {"files": [answers.file("train.csv", content)]},
        ("GET", "/api/competitions/food/files/train.csv"): content,
        ("POST", "/api/competitions/food/submissions"): answers.receipt(),
        ("GET", "/api/competitions/food/commitment"): answers.commitment(),
        ("GET", "/api/receipt-key"): {"keys": []},
        ("GET", "/api/submissions/41/receipt"): {},
        ("GET", "/api/competitions/food/submissions"): {"submissions": [answers.submission()]},
        ("GET", "/api/submissions/41"): answers.submission(**facts),
        ("GET", "/api/submissions/41/file"): content,
        ("GET", "/api/submissions/42/comparisons/41"): answers.comparison(),
        ("PUT", "/api/submissions/41/final"): answers.submission(is_final=True),
        ("GET", "/api/competitions/food/leaderboard/public"): answers.board(answers.row()),
        ("GET", "/api/competitions/food/leaderboard/private"): answers.board(answers.row(), split="private"),
        ("GET", "/api/competitions/food/leaderboard/public/at"): answers.past_board(),
        ("GET", "/api/competitions/food/leaderboard/public/me"): {"row": answers.row()},
        ("POST", "/api/competitions/food/baseline-runs"): {"runs": [answers.run()]},
        ("GET", "/api/competitions/food/baseline-runs"): {"runs": [answers.run()]},
        ("GET", "/api/baseline-runs/9"): answers.run(log="epoch 1"),
        ("POST", "/api/baseline-runs/9/stop"): answers.run(state="stopped"),
        ("POST", "/api/baseline-runs/9/again"): answers.run(state="requested"),
        ("GET", "/api/openapi.json"): {},
        ("POST", "/api/competitions/food/integrity"): {"url": "/api/competitions/food/integrity"},
        ("PUT", "/api/submissions/41/excluded"): answers.submission(is_excluded=True, exclusion_reason="no"),
        ("POST", "/api/worker/claim"): None,
        ("POST", "/api/baseline-runs/9/heartbeat"): LEASE,
        ("POST", "/api/baseline-runs/9/predictions"): {"submission_id": 41},
        ("POST", "/api/baseline-runs/9/report"): {"id": 9, "state": "succeeded"},
        ("POST", "/api/baseline-runs/9/failure"): {"id": 9, "state": "failed"},
        ("POST", "/api/baseline-runs/9/release"): {"id": 9, "state": "requested"},
    }
    routes |= team_routes() | staff_routes()
    for (method, path), body in routes.items():
        server.prepare(method, path, Answer(204 if body is None else 200, body))


def call_everything(api: Api, folder: Path) -> None:
    api.login("alice", "secret", name="laptop")
    api.tokens()
    api.revoke_token(3)
    api.me()
    api.competitions()
    api.competition("food")
    api.download(api.files("food")[0], folder / "train.csv")
    api.submit("food", b"id,label\n")
    api.commitment("food")
    api.receipt_keys()
    api.signed_receipt(41)
    api.submissions("food")
    api.download_submission(api.submission(41), folder / "mine.csv")
    api.comparison(42, 41)
    api.select_final(41)
    api.leaderboard("food", "public")
    api.leaderboard("food", "private")
    api.leaderboard_at("food", "2026-03-14T12:00")
    api.my_row("food", "public")
    use_teams(api)
    use_staff_routes(api)
    api.request_runs("food", ["simple"])
    api.runs("food")
    api.run(9)
    api.costs("food")
    api.stop_run(9)
    api.run_again(9, seed=4)
    api.description()
    api.look_alikes("food")
    api.compare_files("food")
    api.exclude(41, reason="no")
    api.restore(41, reason="yes")
    api.claim_run(worker="gpu1")
    api.heartbeat(9, lease_token="lease")
    api.post_predictions(9, lease_token="lease", predictions=b"id,label\n")
    api.post_report(9, lease_token="lease", device="cpu", seconds=1.0, peak_memory_mb=None, versions={})
    api.post_failure(9, lease_token="lease", error="No memory.")
    api.release_run(9, lease_token="lease")


def use_teams(api: Api) -> None:
    api.team("food")
    api.rename_team("food", "Foxes")
    api.invite("food", "bob")
    api.accept_invitation("food", 7)
    api.decline_invitation("food", 7)
    api.withdraw_invitation("food", 7)
    api.leave_team("food")
    api.teams("food", "fox")
    api.rename_team_of("food", 5, "Foxes", reason="Rude.")
    api.move_member("food", "bob", to=None, reason="They asked.")


def use_staff_routes(api: Api) -> None:
    api.rescores("food")
    api.start_rescore("food", reason="Forty labels were wrong.", answer_key="id,label,Usage")
    api.rescore("food", 2)
    api.rescore_preview("food", 2)
    api.rescore_preview_csv("food", 2)
    api.apply_rescore("food", 2, reason="Right.")
    api.undo_rescore("food", 2, reason="Wrong.")
    api.cancel_rescore("food", 2, reason="Wrong.")
    api.rules("food")
    api.change_rules("food", changes={"daily_limit": 6}, version="v", reason="More time.")
    api.thresholds("food")
    api.choose_threshold("food", "boss", rule="one_run", run_id=9, reason="The others had a bug.")
    api.allowances("food")
    api.allow("food", "bob", reason="Ill.", extra_slots=1)
    api.revoke_allowance("food", 3, reason="Well.")
    api.announcements("food")
    api.announce("food", title="Hours", body_md="At ten.")
    api.withdraw_announcement("food", 4, reason="At eleven.")
    api.retry_refused_mails("food")
    api.want_mail(False)
    api.choose_language("zh-TW")
    api.audit("food", act="rules_changed")
    api.audit()
    api.audit_csv("food")
    api.audit_csv()
    api.grades_csv("food")
    api.answer_key_csv("food")
    api.board_csv("food")
    api.board_of_deadline("food", "public")
    api.shake_up("food")
    api.my_data()
    api.data_of(8)
    api.erase(8, reason="They asked.")
    use_setup_routes(api)


def use_setup_routes(api: Api) -> None:
    api.clone_competition("food", slug="food-2", first_day="2027-02-16")
    api.archive_competition("food", reason="Over.")
    api.unarchive_competition("food", reason="Again.")
    api.course_competitions("ml")
    api.drafts("ml")
    api.clone_course("ml", slug="ml-2", title="ML 2", first_day="2027-02-16")
    api.archive_course("ml", reason="Over.")


# A file of a claim is fetched by the address that stands in it, and an upload by PUT is one by POST.
OF_NO_METHOD = {
    "GET /api/worker/files/{run}/{sha256}",
    "PUT /api/competitions/{slug}/submissions",
    "PUT /api/me/zone",  # of the pages, which show it
}


def documented_routes() -> set[str]:
    """Every route of the page as `METHOD /path`, with its parts in braces."""
    routes = re.findall(r"`(GET|POST|PUT|DELETE) (/api/[^`? ]+)", API_PAGE.read_text(encoding="utf-8"))
    return {f"{method} {path}" for method, path in routes}


def as_pattern(route: str) -> str:
    return re.sub(r"\\{\w+\\}", "[^/]+", re.escape(route))


def test_every_documented_route_is_called_by_the_client(server: StubServer, api: Api, tmp_path: Path) -> None:
    prepare_every_route(server)

    call_everything(api, tmp_path)

    called_routes = {f"{one.method} {one.path}" for one in server.asked}
    uncalled = [
        route
        for route in documented_routes()
        if not any(re.fullmatch(as_pattern(route), one) for one in called_routes)
    ]
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
