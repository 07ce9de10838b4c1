"""What the API says to people is in the language of the request: refusals, and sentences in answers."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from grader.messages import Message
from server.models import BaselineRun, Submission
from tests.support.installation import Installation

CHINESE = {"Accept-Language": "zh-TW"}
QUOTED = re.compile(r"`[^`]*`|「[^」]*」|https?://\S+|[\w.-]+@[\w.-]+|\w+\.(?:csv|toml|md|py)\b|\w+_\w+")
ENGLISH = re.compile(r"[A-Za-z]{3,}")
# Names that stay: formats, of HTTP, of tiers, of the tiny homework, of Unicode.
TERMS = {
    *("gzip", "zip", "bytes", "multipart", "form", "data", "curl", "requests", "Python", "NUL", "API"),
    *("Bearer", "Authorization", "Idempotency", "Key", "sbp", "IANA", "Asia", "Taipei"),
    *("simple", "medium", "strong", "boss", "tiny", "ZERO", "WIDTH", "SPACE"),
}
STUDENT, STAFF, NOBODY = "student0", "tina", None
TINY = "/api/competitions/tiny"
PROVOCATIONS: list[tuple[str | None, str, str, object]] = [
    (NOBODY, "GET", "/api/me", None),
    (NOBODY, "POST", "/api/tokens", {"username": "a@b", "password": " wrong", "name": "x"}),
    (STUDENT, "GET", "/api/nothing", None),
    (STUDENT, "DELETE", "/api/me", None),
    (STUDENT, "GET", "/api/competitions/unknown", None),
    (STUDENT, "GET", f"{TINY}/leaderboard/private", None),
    (STUDENT, "GET", f"{TINY}/leaderboard/public?after=xx", None),
    (STUDENT, "GET", f"{TINY}/files/none.csv", None),
    (STUDENT, "GET", f"{TINY}/rescores", None),
    (STUDENT, "GET", f"{TINY}/allowances", None),
    (STUDENT, "GET", "/api/submissions/999999", None),
    (STUDENT, "DELETE", "/api/tokens/999999", None),
    (STUDENT, "POST", f"{TINY}/submissions", None),
    (STUDENT, "PUT", f"{TINY}/team", {"name": ""}),
    (STUDENT, "PUT", f"{TINY}/team", {"name": "A\u200bB"}),
    (STUDENT, "PUT", f"{TINY}/team", {"name": "Boss baseline"}),
    (STUDENT, "PUT", f"{TINY}/team", {"name": "student1"}),
    (STUDENT, "POST", f"{TINY}/team/invitations", {"student": ""}),
    (STUDENT, "POST", f"{TINY}/team/invitations", {"student": "student0"}),
    (STUDENT, "POST", f"{TINY}/team/invitations", {"student": "nobody-like-that"}),
    (STUDENT, "POST", f"{TINY}/team/invitations/999999/accept", None),
    (STUDENT, "GET", "/api/baseline-runs/999999", None),
    (STAFF, "POST", f"{TINY}/allowances", {"to": "nobody", "reason": "ill", "extra_slots": 1}),
    (STAFF, "POST", f"{TINY}/allowances", {"to": "student0", "reason": "ill", "extra_slots": 1_000_000}),
    (STAFF, "POST", f"{TINY}/allowances", {"to": "student0", "reason": "", "extra_slots": 1}),
    (STAFF, "POST", f"{TINY}/announcements", {"title": "", "body_md": "x"}),
    (STAFF, "POST", f"{TINY}/announcements", {"title": "x", "body_md": ""}),
    (STAFF, "POST", f"{TINY}/baseline-runs", {"tiers": ["巨大"], "seeds": [0]}),
    (STAFF, "POST", f"{TINY}/baseline-runs", {"tiers": ["simple"], "seeds": [1, 1]}),
    (STAFF, "GET", f"{TINY}/rescores/999999", None),
    (STAFF, "POST", f"{TINY}/rescores", {"reason": "no change"}),
    (STAFF, "GET", "/api/audit?since=yesterday", None),
    (STAFF, "GET", f"{TINY}/leaderboard/public/at?time=soon", None),
]


def english_in(text: str) -> list[str]:
    """The English words of a Chinese text that are no names."""
    return [word for word in ENGLISH.findall(QUOTED.sub(" ", text)) if word not in TERMS]


def test_refusals_have_no_english_words_where_a_program_asks_for_chinese(installation: Installation) -> None:
    answers = [
        installation.client(name).request(method, path, json=body, headers=CHINESE)
        for name, method, path, body in PROVOCATIONS
    ]

    assert [(each.url.path, each.text) for each in answers if each.status_code < 400] == []
    messages = [each.json()["error"]["message"] for each in answers]
    assert [(text, words) for text in messages if (words := english_in(text))] == []
    assert [text for text in messages if text.isascii()] == []


def test_a_file_is_refused_in_the_language_of_its_request(installation: Installation) -> None:
    student = installation.client(STUDENT)
    url = f"{TINY}/submissions"
    refused = student.post(url, content=b"id,label\n1,2\n", headers=CHINESE)
    empty = student.post(url, content=b"", headers=CHINESE)
    huge = student.post(
        url, content=bytes(installation.competition().upload_limit_bytes + 1), headers=CHINESE
    )

    messages = [each.json()["error"]["message"] for each in (refused, empty, huge)]
    assert [each.status_code for each in (refused, empty, huge)] == [422, 422, 413]
    assert [english_in(text) for text in messages] == [[], [], []]


def first_listed(answer: Any) -> Any:
    return answer["submissions"][0]


def itself(answer: Any) -> Any:
    return answer


@pytest.mark.parametrize(("path", "pick"), [(f"{TINY}/submissions", first_listed), ("{url}", itself)])
def test_a_stored_problem_reads_in_the_language_of_whoever_looks(
    installation: Installation, path: str, pick: Callable[[Any], Any]
) -> None:
    row = installation.submit(STUDENT, b"id,label\n")
    problem = {
        "code": "file_deleted",
        "message": Message("The file was deleted with the data of the person who sent it."),
        "hint": Message("It cannot be graded by another metric, so it has no score now."),
        "count": 1,
        "lines": [],
        "examples": [],
    }
    stored = update(Submission).where(Submission.id == row.id).values(problems=[problem])
    installation.db.write(lambda session: session.execute(stored))
    student, url = installation.client(STUDENT), path.format(url=f"/api/submissions/{row.id}")

    english = pick(student.get(url).json())["problems"][0]
    chinese = pick(student.get(url, headers=CHINESE).json())["problems"][0]

    assert english["message"].startswith("The file was deleted")
    assert chinese["message"] == "這個檔案已連同繳交者的資料一起刪除。"
    assert chinese["hint"] == "它無法用別的評分指標評分，所以現在沒有分數。"


@pytest.mark.parametrize("error", ["Traceback: no module named x", "\x1e{}"])
def test_what_a_worker_says_of_its_failure_stays_as_it_said_it(
    installation: Installation, error: str
) -> None:
    run_id = installation.train("simple")
    stored = update(BaselineRun).where(BaselineRun.id == run_id).values(error=error)
    installation.db.write(lambda session: session.execute(stored))

    run = installation.client(STAFF).get(f"/api/baseline-runs/{run_id}", headers=CHINESE).json()

    assert run["error"] == error


def test_our_own_sentence_about_a_run_is_kept_in_all_languages(installation: Installation) -> None:
    run_id = installation.train("simple")
    text = Message("The worker fell silent {count} times. See the log for the last thing it said.", count=3)
    stored = update(BaselineRun).where(BaselineRun.id == run_id).values(error=text)
    installation.db.write(lambda session: session.execute(stored))
    staff, url = installation.client(STAFF), f"/api/baseline-runs/{run_id}"

    assert staff.get(url).json()["error"] == text
    assert staff.get(url, headers=CHINESE).json()["error"].startswith("執行訓練的程式有 3 次沒了回應。")
