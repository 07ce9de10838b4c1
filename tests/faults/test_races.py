"""Two servers that race: repeated uploads, final selections, rosters, and an export while scores move."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from server.app import create_app
from server.domain.audit.actor import COMMAND_LINE
from server.domain.boards import standings
from server.domain.grades import report as grades
from server.domain.people import courses
from server.domain.people.roster import importing as roster
from server.domain.people.roster.file import read_roster
from server.domain.questions.questions import ASKED_MOST
from server.models import Competition, Member, PrivateStanding, Question, Standing, Submission
from server.settings import Settings
from tests.support.browser import browser, form_token
from tests.support.installation import Installation
from tests.support.oracle import violations
from tests.support.tiny_homework import predictions

pytestmark = pytest.mark.both

API = "/api/competitions/tiny"
AT_ONCE = 12


@pytest.fixture
def two_servers(installation: Installation) -> Iterator[list[Any]]:
    """The installation's own application, and a second one over the same database and files."""
    settings = Settings(
        data_dir=installation.folder / "data",
        database_url=SecretStr(installation.db.url),
        sweep_seconds=3600,
    )
    second = create_app(settings)
    second.state.clock = second.state.context.clock = installation.clock
    for app in (installation.app, second):
        TestClient(app).get("/api/nowhere")  # routes are built as they are first looked at, by one thread
    yield [installation.app, second]
    second.state.context.close()
    second.state.db.close()


def at_once(apps: list[Any], token: str, request: Callable[[TestClient, int], int]) -> list[int]:
    """The statuses of so many requests that begin together, half of them at each server."""
    barrier = Barrier(AT_ONCE)

    def one(number: int) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        client = TestClient(apps[number % 2], headers=headers, raise_server_exceptions=False)
        barrier.wait()
        return request(client, number)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, range(AT_ONCE)))


def count(installation: Installation) -> int:
    """How many submissions there are."""
    return installation.db.read(lambda session: session.scalar(select(func.count(Submission.id))) or 0)


@pytest.mark.parametrize("key", ["one", None])
def test_the_same_upload_at_once_is_one_submission(
    installation: Installation, two_servers: list[Any], key: str | None
) -> None:
    data = predictions(400, accuracy=0.6, seed=1)
    headers = {} if key is None else {"Idempotency-Key": key}

    statuses = at_once(
        two_servers,
        installation.tokens["student0"],
        lambda client, _: client.post(f"{API}/submissions", content=data, headers=headers).status_code,
    )

    assert sorted(statuses) == [200] * (AT_ONCE - 1) + [201]
    assert count(installation) == 1
    assert violations(installation) == []


def test_one_key_for_many_files_at_once_is_one_submission_and_refusals(
    installation: Installation, two_servers: list[Any]
) -> None:
    files = [predictions(400, accuracy=0.6, seed=seed) for seed in range(AT_ONCE)]

    statuses = at_once(
        two_servers,
        installation.tokens["student0"],
        lambda client, number: (
            client.post(
                f"{API}/submissions", content=files[number], headers={"Idempotency-Key": "one"}
            ).status_code
        ),
    )

    assert sorted(statuses) == [201] + [422] * (AT_ONCE - 1)
    assert count(installation) == 1


def test_final_selections_at_once_are_never_too_many(
    installation: Installation, two_servers: list[Any]
) -> None:
    installation.db.write(
        lambda session: session.execute(update(Competition).values(daily_limit=AT_ONCE)) and None
    )
    ids = [installation.submit_accuracy("student0", 0.6, seed).id for seed in range(AT_ONCE)]

    statuses = at_once(
        two_servers,
        installation.tokens["student0"],
        lambda client, number: (
            client.put(f"/api/submissions/{ids[number]}/final", json={"selected": True}).status_code
        ),
    )

    chosen = installation.db.read(
        lambda session: session.scalar(select(func.count()).where(Submission.is_final.is_(True)))
    )
    assert sorted(statuses) == [200] * 2 + [409] * (AT_ONCE - 2)
    assert chosen == 2
    assert violations(installation) == []


def test_the_same_roster_from_two_servers_adds_everybody_once(
    installation: Installation, two_servers: list[Any]
) -> None:
    lines = "\n".join(f"new{number},{number},New {number}" for number in range(40))
    read = read_roster(f"username,student number,name\n{lines}\nstudent0,900,Zero\n".encode())
    barrier = Barrier(2)

    def bring(app: Any) -> int:
        def work(session: Session) -> int:
            course = courses.course_named(session, "ml")
            changes = roster.import_roster(
                session, course=course, roster=read, by=COMMAND_LINE, now=installation.clock()
            )
            return len(changes.passwords)

        barrier.wait()
        newcomers: int = app.state.db.write(work)
        return newcomers

    with ThreadPoolExecutor(2) as threads:
        added = sorted(threads.map(bring, two_servers))

    assert added == [0, 40]
    assert (
        installation.db.read(
            lambda session: session.scalar(select(func.count()).where(Member.student_number.is_not(None)))
        )
        == 41
    )


def test_an_export_is_of_one_instant_and_again_the_same(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.train("simple")
    installation.submit_accuracy("student0", 0.7, 1)
    staff = installation.client("tina")
    before = staff.get(f"{API}/grades.csv").content
    original, moved = grades.tier_points, []

    def move_scores(session: Session) -> None:
        for table in (Standing, PrivateStanding):
            session.execute(update(table).values(score=table.score / 2))
        session.execute(update(Member).values(department="elsewhere"))
        standings.new_revision(session, installation.competition().id)

    def scores_move_in_the_middle(session: Session, *, competition_id: int) -> Any:
        points = original(session, competition_id=competition_id)
        if not moved:
            moved.append(True)
            installation.db.write(move_scores, private=True)
        return points

    monkeypatch.setattr(grades, "tier_points", scores_move_in_the_middle)
    during = staff.get(f"{API}/grades.csv").content
    after = staff.get(f"{API}/grades.csv").content

    assert moved == [True]
    assert during == before
    assert after != before
    assert after == staff.get(f"{API}/grades.csv").content


def test_questions_asked_at_once_are_never_more_than_a_day_allows(
    installation: Installation, two_servers: list[Any]
) -> None:
    submission = installation.submit_accuracy("student0", 0.6, seed=1)
    first = browser(installation, "student0")
    fields = {"form_token": form_token(first), "body_md": "Why?"}
    path = f"/submissions/{submission.id}/questions"
    for _ in range(ASKED_MOST - AT_ONCE // 3):
        first.post(path, data=fields).raise_for_status()

    def ask(client: TestClient, number: int) -> int:
        own = TestClient(
            two_servers[number % 2],
            headers={"Origin": "http://testserver"},
            cookies=first.cookies,
            raise_server_exceptions=False,
        )
        return own.post(path, data=fields, follow_redirects=False).status_code

    statuses = at_once(two_servers, "", ask)

    questions = installation.db.read(lambda session: session.scalar(select(func.count(Question.id))))
    assert sorted(statuses) == [303] * (AT_ONCE // 3) + [429] * (AT_ONCE - AT_ONCE // 3)
    assert questions == ASKED_MOST
