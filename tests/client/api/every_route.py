"""Every route of docs/api.md with an answer, and every call of the client that asks for one."""

import hashlib
from pathlib import Path

from client.api.client import Api
from client.api.decode import Json
from tests.client import answers
from tests.client.stub_server import Answer, StubServer
from tests.support import published

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


COURSE_GETS = ("competitions", "drafts", "exports", "grade-rules", "points", "points/students", "results")
COURSE_POSTS = ("archive", "clone", "exports", "grade-rules/preview")


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
        ("GET", "/api/me/notices"),
        ("POST", "/api/me/notices/read"),
        ("GET", "/api/me/notices/kinds"),
        ("PUT", "/api/me/notices/kinds"),
        ("PUT", "/api/me/mail"),
        ("GET", "/api/audit"),
        ("GET", "/api/me/data"),
        ("GET", "/api/people/8/data"),
        ("POST", "/api/people/8/erasure"),
        *(("GET", f"/api/courses/ml/{path}") for path in COURSE_GETS),
        *(("POST", f"/api/courses/ml/{path}") for path in COURSE_POSTS),
        ("PUT", "/api/courses/ml/grade-rules"),
        *((method, f"{FOOD}/items") for method in ("GET", "PUT")),
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


def submission_routes(content: bytes) -> dict[tuple[str, str], object]:
    """The routes of one submission, whose file is `content`."""
    facts = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    own = "/api/submissions/41"
    return {
        ("GET", own): answers.submission(**facts),
        ("GET", f"{own}/receipt"): {},
        ("GET", f"{own}/file"): content,
        ("PUT", f"{own}/note"): answers.submission(note="deeper"),
        ("PUT", f"{own}/final"): answers.submission(is_final=True),
        ("PUT", f"{own}/excluded"): answers.submission(is_excluded=True, exclusion_reason="no"),
        ("GET", "/api/submissions/42/comparisons/41"): answers.comparison(),
    }


def code_routes(content: bytes) -> dict[tuple[str, str], object]:
    """The routes of code that teams hand in; the file of a version is `content`."""
    return {
        ("GET", f"{FOOD}/code"): {"versions": [answers.code(content)]},
        ("POST", f"{FOOD}/code"): {"version": answers.code(content), "repeated": False},
        ("GET", f"{FOOD}/code/teams"): {"students": [{"user_id": 1, "username": "alice", "versions": []}]},
        ("GET", f"{FOOD}/code.zip"): content,
        ("GET", "/api/courses/ml/exports/1"): content,
        ("GET", "/api/code/6/file"): content,
    }


def prepare_every_route(server: StubServer) -> None:
    content = b"id,label\n"
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
        ("GET", "/api/competitions/food/submissions"): {"submissions": [answers.submission()]},
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
        ("POST", "/api/worker/claim"): None,
        ("POST", "/api/baseline-runs/9/heartbeat"): LEASE,
        ("POST", "/api/baseline-runs/9/predictions"): {"submission_id": 41},
        ("POST", "/api/baseline-runs/9/report"): {"id": 9, "state": "succeeded"},
        ("POST", "/api/baseline-runs/9/failure"): {"id": 9, "state": "failed"},
        ("POST", "/api/baseline-runs/9/release"): {"id": 9, "state": "requested"},
    }
    routes |= submission_routes(content) | code_routes(content) | team_routes() | staff_routes()
    for (method, path), body in routes.items():
        server.prepare(method, path, Answer(204 if body is None else 200, body))


def call_everything(api: Api, folder: Path) -> None:
    api.login("alice", "secret", name="laptop")
    api.tokens()
    api.revoke_token(3)
    api.me()
    api.competitions()
    api.competition("food")
    api.points("ml")
    api.results("ml")
    use_notices(api)
    api.download(api.files("food")[0], folder / "train.csv")
    api.submit("food", b"id,label\n")
    api.commitment("food")
    api.receipt_keys()
    api.submissions("food")
    use_submissions(api, folder)
    api.leaderboard("food", "public")
    api.leaderboard("food", "private")
    api.leaderboard_at("food", "2026-03-14T12:00")
    api.my_row("food", "public")
    use_code(api, folder)
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


def use_notices(api: Api) -> None:
    api.notices()
    api.read_notices(["opened:3"])
    api.read_notices()
    api.notice_kinds()
    api.choose_notice_kinds(["reply"])


def use_submissions(api: Api, folder: Path) -> None:
    api.signed_receipt(41)
    api.download_submission(api.submission(41), folder / "mine.csv")
    api.comparison(42, 41)
    api.change_note(41, "deeper")
    api.select_final(41)


def use_code(api: Api, folder: Path) -> None:
    (folder / "code.py").write_bytes(b"print()\n")
    api.hand_in_code("food", folder / "code.py")
    api.download_code(api.code("food").versions[0], folder / "version.py")
    api.code_of_all("food")
    api.code_zip("food")


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
    api.points_exports("ml")
    use_course_grades(api)
    api.export_points("ml", "canvas", gradebook=b"Student,ID")
    api.points_export_file("ml", 1)
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


def use_course_grades(api: Api) -> None:
    heavier: dict[str, Json] = {"food": {"weight": 2.0}}
    api.grade_rules("ml")
    api.preview_grade_rules("ml", homeworks=heavier)
    api.change_grade_rules("ml", homeworks=heavier, version="x", reason="Twice the work.")
    api.points_of_students("ml")
    api.items("food")
    api.save_items("food", [{"user_id": 8, "item": "code", "was": None, "points": 1.5}])
