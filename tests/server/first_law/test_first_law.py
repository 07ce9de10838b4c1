"""The first law: before the reveal no answer to a student or to nobody holds a private score."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from server.models import PrivateScore, PrivateStanding
from tests.support.installation import Installation

LENGTH = "content-length"
PARAMETERS = {
    "slug": "tiny",
    "language": "zh-TW",
    "course": "ml",
    "user_id": "1",
    "split": "private",
    "name": "sample_submission.csv",
    "submission_id": "{submission}",
    "run_id": "{run}",
    "tier": "simple",
    "rescore_id": "1",
    "token_id": "1",
    "session_id": "1",
    "identity_id": "1",
    "announcement_id": "1",
    "allowance_id": "1",
    "format": "csv",
    "team_id": "5",
    "invitation_id": "1",
    "answer": "accept",
    "sha256": "0" * 64,
    "other_id": "2",
    "question_id": "1",
    "version_id": "1",
    "version": "1",
    "draft_id": "1",
    "way": "undo",
    "adjustment_id": "1",
    "partner_id": "1",
    "platform_id": "1",
    "context_id": "1",
    "size": "9",
    "changed": "1",
    "package": "competitions",
    "service": "CompetitionApiService",
    "method": "Nothing",
}


def addresses(installation: Installation, submission: int, run: int) -> Iterator[str]:
    """Every address that answers a GET, with both splits where there is one."""
    for route in iter_route_contexts(installation.app.routes):
        if "GET" not in (route.methods or ()):
            continue
        path = re.sub(r"\{(\w+)(:\w+)?\}", lambda match: PARAMETERS[match.group(1)], route.path)
        path = path.format(submission=submission, run=run)
        yield path
        if "private" in path:
            yield path.replace("private", "public")


def spellings(value: float) -> list[str]:
    """How a score may be written: in full, rounded, or as a percentage."""
    return [f"{value:.{digits}f}" for digits in (4, 5, 6)] + [
        repr(value),
        f"{100 * value:.2f}",
        f"{100 * value:.3f}",
    ]


def private_values(installation: Installation) -> set[str]:
    """Every private score there is, in every spelling, less what is public anyway."""
    staff = installation.client("tina")
    private = staff.get("/api/competitions/tiny/leaderboard/private").json()["rows"]
    public = staff.get("/api/competitions/tiny/leaderboard/public").json()["rows"]
    shown = {text for row in public for text in spellings(row["score"])}
    return {text for row in private for text in spellings(row["score"])} - shown


def crawl(client: TestClient, paths: list[str]) -> dict[str, str]:
    """Head and body of each answer, by address."""
    answers = {path: client.get(path, follow_redirects=False) for path in paths}
    # The tokens of forms read otherwise each time, and with them the length of a page in gzip.
    return {
        path: f"{ {name: value for name, value in answer.headers.items() if name != LENGTH} } {answer.text}"
        for path, answer in answers.items()
    }


@pytest.fixture
def settled(installation: Installation) -> tuple[Installation, list[str]]:
    """A competition with trained tiers and scored students, and every address of the server."""
    run = installation.train("simple")
    installation.train("strong")
    submission = installation.submit_accuracy("student0", 0.63, seed=1)
    installation.submit_accuracy("student1", 0.84, seed=2)
    return installation, list(addresses(installation, submission.id, run))


@pytest.mark.parametrize("username", ["student0", "student2", "mallory", None])
def test_no_answer_before_the_reveal_holds_a_private_score(
    settled: tuple[Installation, list[str]], username: str | None
) -> None:
    installation, paths = settled
    secrets = private_values(installation)
    installation.clock.now = installation.competition().reveal_at - timedelta(microseconds=1)

    answers = crawl(installation.client(username), paths)

    assert len(paths) > 20
    leaks = {path: text for path, answer in answers.items() for text in secrets if text in answer}
    assert leaks == {}


def test_the_crawl_finds_private_scores_where_they_may_be(settled: tuple[Installation, list[str]]) -> None:
    installation, paths = settled
    secrets = private_values(installation)

    answers = crawl(installation.client("tina"), paths)

    revealing_paths = [path for path, answer in answers.items() if any(text in answer for text in secrets)]
    assert "/api/competitions/tiny" in revealing_paths
    assert "/api/competitions/tiny/leaderboard/private" in revealing_paths
    assert any(path.startswith("/api/baseline-runs/") for path in revealing_paths)


def test_no_answer_to_a_student_depends_on_private_targets_before_the_reveal(
    settled: tuple[Installation, list[str]],
) -> None:
    installation, paths = settled
    crawl(installation.client("student0"), paths)  # first looks take the longer way to a board
    before = crawl(installation.client("student0"), paths)
    installation.db.write(_shuffle_private, private=True)

    after = crawl(installation.client("student0"), paths)

    assert {path: strip(answer) for path, answer in after.items()} == {p: strip(a) for p, a in before.items()}


def _shuffle_private(session: Session) -> None:
    """The other world: every private score is another one."""
    for table in (PrivateScore, PrivateStanding):
        session.execute(update(table).values(score=table.score / 3, sort_key=table.sort_key / 3))


def strip(answer: str) -> str:
    """An answer without what differs from request to request by design: nonces of forms."""
    return re.sub(r'value="[\w-]{20,}"', "", answer)


def test_every_parameter_of_a_route_is_known_to_the_crawl(installation: Installation) -> None:
    paths = [route.path or "" for route in iter_route_contexts(installation.app.routes)]

    parameters = {name for path in paths for name in re.findall(r"\{(\w+)", path)}

    assert parameters <= set(PARAMETERS)


def test_the_screen_of_the_lecture_hall_holds_no_private_score_for_staff_either(
    settled: tuple[Installation, list[str]],
) -> None:
    installation, _ = settled
    secrets, hall = private_values(installation), "/competitions/tiny/leaderboard/hall"
    reveal = installation.competition().reveal_at

    installation.clock.now = reveal - timedelta(microseconds=1)
    before = crawl(installation.client("tina"), [hall])[hall]
    installation.db.write(_shuffle_private, private=True)
    of_other_world = crawl(installation.client("tina"), [hall])[hall]
    installation.clock.now = reveal
    after = crawl(installation.client("student0"), [hall])[hall]

    assert [text for text in secrets if text in before] == []
    assert before == of_other_world
    assert "leaderboard/private" in after
