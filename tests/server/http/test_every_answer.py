"""A course in short over the API alone: every operation succeeds once, and is held to what is published."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.domain.boards import snapshots
from server.domain.integrity.report_files import IntegrityFiles
from server.services import look_alikes
from tests.support import published
from tests.support.installation import PASSWORD, Installation, installed
from tests.support.published import Operation
from tests.support.rescored import claimed, other_key
from tests.support.teamwork import in_teams_of
from tests.support.tiny_homework import predictions

TINY = "/api/competitions/tiny"
WHY = {"reason": "It was agreed so."}


class Course:
    """An installation that is asked by many, and the operations that have answered well."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.answered: set[Operation] = set()

    def ask(self, username: str | None, method: str, path: str, **request: Any) -> Any:
        """Send a request that must succeed; its JSON, or its text where it is a file."""
        answer = self.installation.client(username).request(method, path, **request)
        assert answer.is_success, (username, method, path, answer.text)
        self.answered |= {operation for operation in (published.hold(answer),) if operation is not None}
        is_json = answer.headers.get("content-type") == "application/json" and answer.content
        return answer.json() if is_json else answer.text

    def get(self, username: str | None, *paths: str) -> None:
        """Read several addresses."""
        for path in paths:
            self.ask(username, "GET", path)


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Course]:
    """The course before its first request."""
    with installed("sqlite", tmp_path) as installation:
        yield Course(installation)


def people(course: Course) -> None:
    """Sign in, look at oneself, choose about mails."""
    signed_in = {"username": "student0", "password": PASSWORD, "name": "laptop"}
    course.ask(None, "POST", "/api/tokens", json=signed_in)
    listed = course.ask("student0", "GET", "/api/tokens")["tokens"]
    laptop = next(each["id"] for each in listed if each["name"] == "laptop")
    course.ask("student0", "DELETE", f"/api/tokens/{laptop}")
    course.get("student0", "/api/me", "/api/me/data", "/api/openapi.json")
    course.ask("student0", "PUT", "/api/me/mail", json={"wanted": True})
    course.ask("student0", "PUT", "/api/me/language", json={"language": ""})
    course.ask("student0", "PUT", "/api/me/zone", json={"zone": "Europe/Berlin"})
    course.get("student0", "/api/me/notices", "/api/courses/ml/points", "/api/courses/ml/results")
    course.ask("student0", "POST", "/api/me/notices/read", json={"keys": ["opened:1"]})
    course.get("student0", "/api/me/notices/kinds")
    course.ask("student0", "PUT", "/api/me/notices/kinds", json={"by_mail": ["reply"]})
    course.get("root", f"/api/people/{course.installation.user('student0').id}/data")


def baselines(course: Course) -> None:
    """Ask for runs as staff, train them as a worker, end and repeat others, choose a threshold."""
    course.ask("tina", "POST", f"{TINY}/baseline-runs", json={"tiers": ["simple", "medium", "strong"]})
    claim = course.ask("worker", "POST", "/api/worker/claim", json={"worker": "w"})
    run, lease = f"/api/baseline-runs/{claim['run']['id']}", {"lease_token": claim["lease_token"]}
    course.get("worker", claim["files"][0]["url"])
    progress = {"epoch": 1, "epochs": 2, "loss": 0.5, "score": None, "seconds_left": 3.5}
    beat = {**lease, "progress": progress, "points": [{"epoch": 1, "loss": 0.5}], "log": "one\n"}
    course.ask("worker", "POST", f"{run}/heartbeat", json=beat)
    course.get("tina", run, f"{TINY}/baseline-runs")
    data = predictions(400, accuracy=0.6, seed=3)
    course.ask("worker", "POST", f"{run}/predictions", params=lease, content=data)
    report = {**lease, "device": "cpu", "seconds": 60.5, "versions": {"torch": "2.10"}, "cpu_count": 2}
    course.ask("worker", "POST", f"{run}/report", json=report)
    other = course.ask("worker", "POST", "/api/worker/claim", json={"worker": "w"})
    left = {"lease_token": other["lease_token"], "log": "epoch 1"}
    course.ask("worker", "POST", f"/api/baseline-runs/{other['run']['id']}/release", json=left)
    other = course.ask("worker", "POST", "/api/worker/claim", json={"worker": "w"})
    failed = {"lease_token": other["lease_token"], "error": "Out of memory."}
    course.ask("worker", "POST", f"/api/baseline-runs/{other['run']['id']}/failure", json=failed)
    again = course.ask("tina", "POST", f"{run}/again", json={"seed": 7})
    course.get("tina", run, f"/api/baseline-runs/{again['id']}", f"{TINY}/costs", f"{TINY}/thresholds")
    course.ask("tina", "POST", f"/api/baseline-runs/{again['id']}/stop")
    course.ask("tina", "PUT", f"{TINY}/thresholds/simple", json={"rule": "all_runs", **WHY})


def teams(course: Course) -> None:
    """Invite, decline, withdraw, accept, leave, and what staff do to teams."""
    in_teams_of(course.installation, 3)
    team = course.ask("student0", "POST", f"{TINY}/team/invitations", json={"student": "student1"})
    number = team["invited"][0]["id"]
    course.get("student1", f"{TINY}/team")
    course.ask("student0", "POST", f"{TINY}/team/invitations/{number}/withdraw")
    course.ask("student0", "POST", f"{TINY}/team/invitations", json={"student": "student1"})
    waiting = course.ask("student1", "GET", f"{TINY}/team")["invitations"][0]
    course.ask("student1", "POST", f"{TINY}/team/invitations/{waiting['id']}/accept")
    course.ask("student1", "PUT", f"{TINY}/team", json={"name": "Two of us"})
    course.ask("student1", "POST", f"{TINY}/team/leave")
    listed = course.ask("tina", "GET", f"{TINY}/teams")["teams"]
    number = next(each["id"] for each in listed if each["name"] == "Two of us")
    course.ask("tina", "PUT", f"{TINY}/teams/{number}", json={"name": "One of us", **WHY})
    moved = {"username": "student1", "to": "student0", **WHY}
    course.ask("tina", "POST", f"{TINY}/teams/moves", json=moved)
    course.ask("tina", "POST", f"{TINY}/teams/moves", json={**moved, "to": None})


def uploads(course: Course) -> list[int]:
    """Send files and look at what became of them; the numbers of two submissions."""
    sent = [
        course.ask(
            student, method, f"{TINY}/submissions", content=predictions(400, accuracy=accuracy, seed=seed)
        )
        for student, method, accuracy, seed in (
            ("student0", "POST", 0.8, 1),
            ("student1", "PUT", 0.7, 2),
            ("student0", "POST", 0.8, 1),  # the same once more
        )
    ]
    first, second = sent[0]["id"], sent[1]["id"]
    assert sent[2]["repeated"]
    course.get("student0", f"{TINY}/submissions", f"/api/submissions/{first}")
    course.get("student0", f"/api/submissions/{first}/receipt", f"/api/submissions/{first}/file")
    course.get("student0", "/api/receipt-key", f"{TINY}/commitment")
    course.ask("student0", "PUT", f"/api/submissions/{first}/final", json={"selected": True})
    course.ask("student0", "PUT", f"/api/submissions/{first}/note", json={"note": "deeper"})
    course.get("tina", f"/api/submissions/{second}/comparisons/{first}")
    course.ask("tina", "PUT", f"/api/submissions/{second}/excluded", json={"excluded": True, **WHY})
    course.ask("tina", "PUT", f"/api/submissions/{second}/excluded", json={"excluded": False, **WHY})
    return [first, second]


def code(course: Course) -> None:
    """Hand in code twice, and read it as its team and as staff."""
    for _ in range(2):
        version = course.ask("student0", "POST", f"{TINY}/code?file_name=x.py", content=b"print()\n")[
            "version"
        ]
    course.get("student0", f"{TINY}/code", version["url"])
    course.get("iris", f"{TINY}/code/teams", f"{TINY}/code.zip")


def competition(course: Course) -> None:
    """Read the competition, its files, its rules and boards; change a rule, announce, allow."""
    course.get("student0", "/api/competitions", TINY, f"{TINY}/rules", f"{TINY}/announcements")
    course.get("tina", TINY)
    file = course.ask("student0", "GET", f"{TINY}/files")["files"][0]
    course.get("student0", file["url"])
    version = course.ask("tina", "GET", f"{TINY}/rules")["version"]
    changed = {"changes": {"daily_limit": 7}, "version": version, **WHY}
    course.ask("tina", "PUT", f"{TINY}/rules", json=changed)
    announcement = course.ask(
        "tina", "POST", f"{TINY}/announcements", json={"title": "Hello", "body_md": "*You*"}
    )
    course.ask("tina", "POST", f"{TINY}/announcements/refused-mails")
    course.ask("tina", "POST", f"{TINY}/announcements/{announcement['id']}/withdrawal", json=WHY)
    course.get("tina", f"{TINY}/announcements")
    allowance = {"to": "student0", "extra_slots": 1, "course_day": "2030-03-14", **WHY}
    number = course.ask("tina", "POST", f"{TINY}/allowances", json=allowance)["id"]
    later = (course.installation.competition().deadline_at + timedelta(hours=5)).isoformat()
    course.ask("tina", "POST", f"{TINY}/allowances", json={"to": "student1", "deadline_at": later, **WHY})
    course.ask("tina", "POST", f"{TINY}/allowances/{number}/revoke", json=WHY)
    course.get("tina", f"{TINY}/allowances")
    course.get("student0", TINY)


def boards(course: Course) -> None:
    """Both boards, whole, in pages, in the past, one's own row; then those of the deadline."""
    board = f"{TINY}/leaderboard"
    course.get("student0", f"{board}/public", f"{board}/public?limit=1", f"{board}/public/me")
    course.get("student0", f"{board}/public/at", f"{board}/public/board.csv")
    course.get("student2", f"{board}/public/me")
    course.get("tina", f"{board}/private", f"{board}/private/at", f"{TINY}/shake-up")
    number = course.installation.competition().id
    course.installation.db.write(
        lambda session: snapshots.take(session, competition_id=number, now=course.installation.clock()),
        private=True,
    )
    course.get("tina", f"{board}/public/deadline", f"{board}/private/deadline")


def staff(course: Course, submissions: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare files, read the audit trail, take the grades."""
    monkeypatch.setattr("server.api.integrity.start_comparison", lambda settings, slug: None)
    course.ask("tina", "POST", f"{TINY}/integrity")
    installation = course.installation
    look_alikes.run(
        installation.db,
        installation.context.store,
        competition=installation.competition(),
        now=installation.clock(),
    )
    report = course.ask("tina", "GET", f"{TINY}/integrity")["report"]
    assert report["files_compared"] == len(submissions)
    assert IntegrityFiles(installation.context.store.root).report(installation.competition().id)
    course.get("tina", f"{TINY}/audit", f"{TINY}/audit?limit=1", f"{TINY}/audit.csv", f"{TINY}/grades.csv")
    course.get("tina", f"{TINY}/answer-key.csv")
    counting = course.ask("iris", "GET", "/api/courses/ml/grade-rules")
    heavier = {"homeworks": {"tiny": {"weight": 2, "items": {"code": 2.0}}}}
    course.ask("iris", "POST", "/api/courses/ml/grade-rules/preview", json=heavier)
    version = {"version": counting["version"]}
    course.ask("iris", "PUT", "/api/courses/ml/grade-rules", json={**heavier, **version, **WHY})
    course.get("tina", f"{TINY}/items", "/api/courses/ml/points/students")
    cell = {"user_id": course.installation.user("student0").id, "item": "code", "was": None, "points": 1.5}
    course.ask("tina", "PUT", f"{TINY}/items", json={"cells": [cell]})
    export = course.ask("tina", "POST", "/api/courses/ml/exports?kind=json")
    course.get("tina", "/api/courses/ml/exports", export["url"])
    course.get("iris", "/api/courses/ml/drafts")
    course.get("root", "/api/audit", "/api/audit.jsonl")


def rescores(course: Course) -> None:
    """Correct the key, look at what would change, switch, switch back, give one up."""
    correction = {"answer_key": other_key().decode(), **WHY}
    begun = course.ask("tina", "POST", f"{TINY}/rescores", json=correction)
    claimed(course.installation, begun["id"]).work()
    course.get("tina", begun["url"], f"{begun['url']}/preview", f"{begun['url']}/preview.csv")
    course.ask("tina", "POST", f"{begun['url']}/apply", json=WHY)
    course.get("tina", begun["url"], f"{TINY}/rescores")
    course.ask("tina", "POST", f"{begun['url']}/undo", json=WHY)
    other = course.ask(
        "tina", "POST", f"{TINY}/rescores", json={**correction, "answer_key": other_key(wrong=9).decode()}
    )
    course.ask("tina", "POST", f"{other['url']}/cancel", json=WHY)


def next_term(course: Course) -> None:
    """After the reveal: everything is open; then clone, archive, and forget somebody."""
    course.installation.clock.now = course.installation.competition().reveal_at + timedelta(hours=1)
    course.get("student0", TINY, f"{TINY}/commitment", f"{TINY}/submissions", f"{TINY}/costs", "/api/me/data")
    course.get("student0", f"{TINY}/leaderboard/private/me")
    course.get("iris", "/api/courses/ml/competitions")
    clone = {"slug": "tiny-2031", "first_day": "2031-03-10"}
    course.ask("iris", "POST", f"{TINY}/clone", json=clone)
    whole = {"slug": "ml-2032", "title": "ML 2032", "first_day": "2032-03-09"}
    course.ask("iris", "POST", "/api/courses/ml/clone", json=whole)
    course.ask("iris", "POST", f"{TINY}/archive", json=WHY)
    course.ask("iris", "POST", f"{TINY}/unarchive", json=WHY)
    course.ask("iris", "POST", "/api/courses/ml/archive", json=WHY)
    course.ask("root", "POST", f"/api/people/{course.installation.user('student1').id}/erasure", json=WHY)


def test_every_operation_answers_as_published(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    people(course)
    teams(course)
    baselines(course)
    submissions = uploads(course)
    code(course)
    competition(course)
    boards(course)
    staff(course, submissions, monkeypatch)
    rescores(course)
    next_term(course)

    answered = {operation.name for operation in course.answered}
    assert {operation.name for operation in published.operations()} - answered == set()
