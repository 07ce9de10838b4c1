"""The end of a competition: the boards of the deadline, the reveal at one instant, the shake-up."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.domain.boards import snapshots
from server.models import BoardSnapshot, Competition, Tier
from server.services.sweeper import take_snapshots
from tests.support.browser import browser, words
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

pytestmark = pytest.mark.both

API = "/api/competitions/tiny"
DEADLINE = "/competitions/tiny/leaderboard/deadline"


@pytest.fixture
def contested(installation: Installation) -> Installation:
    """Three teams with a submission or two, and a trained tier."""
    installation.train("simple")
    for seed, (name, accuracy) in enumerate(
        [("student0", 0.60), ("student0", 0.72), ("student1", 0.70), ("student2", 0.74)]
    ):
        installation.submit_accuracy(name, accuracy, seed)
    return installation


def after_deadline(installation: Installation, by: timedelta = timedelta()) -> None:
    """Move the clock to the end of the grace, and further."""
    row = installation.competition()
    installation.clock.now = row.deadline_at + timedelta(seconds=row.grace_seconds) + by


def test_the_boards_of_the_deadline_are_stored_once_and_stay(contested: Installation) -> None:
    client, staff = contested.client("student0"), contested.client("tina")
    before = staff.get(f"{API}/leaderboard/private").json()["rows"]
    after_deadline(contested)
    take_snapshots(contested.context)
    contested.clock.advance(timedelta(minutes=5))
    contested.submit_accuracy("student1", 0.99, 9)
    take_snapshots(contested.context)

    public = client.get(f"{API}/leaderboard/public/deadline").json()
    private = staff.get(f"{API}/leaderboard/private/deadline").json()

    assert [(row["team"], row["score"]) for row in private["rows"]] == [
        (row["team"], row["score"]) for row in before
    ]
    assert [row["kind"] for row in public["rows"]].count("student") == 3
    stored = contested.db.read(lambda session: session.scalars(select(BoardSnapshot)).all())
    assert [row.taken_at for row in stored] == [contested.clock() - timedelta(minutes=5)]


def test_a_stored_board_gives_hints_in_the_readers_language(contested: Installation) -> None:
    hint = update(Tier).values(hint="Run the sample.\n<!-- zh-TW -->\n執行範例程式。\n")
    contested.db.write(lambda session: session.execute(hint))
    after_deadline(contested)
    take_snapshots(contested.context)
    student = browser(contested, "student0")

    english, chinese = (
        student.get(DEADLINE, headers={"Accept-Language": each}).text for each in ("en", "zh-TW")
    )

    assert ">Run the sample.<" in english
    assert ">執行範例程式。<" in chinese
    assert "zh-TW" not in words(english.partition("<main")[2].partition("</main>")[0])


def test_nothing_is_stored_before_the_grace_is_over(contested: Installation) -> None:
    def due() -> list[int]:
        return contested.db.read(lambda session: snapshots.due(session, now=contested.clock()))

    after_deadline(contested, timedelta(microseconds=-1))
    early = due()
    after_deadline(contested)
    ready = due()

    assert (early, len(ready)) == ([], 1)
    assert contested.client("student0").get(f"{API}/leaderboard/public/deadline").status_code == 404


@pytest.mark.parametrize("path", [f"{API}/leaderboard/private/deadline", f"{API}/shake-up"])
def test_nothing_private_is_told_before_the_very_microsecond_of_the_reveal(
    contested: Installation, path: str
) -> None:
    after_deadline(contested)
    take_snapshots(contested.context)
    client = contested.client("student0")

    contested.clock.now = contested.competition().reveal_at - timedelta(microseconds=1)
    hidden = client.get(path)
    contested.clock.now = contested.competition().reveal_at
    shown = client.get(path)

    assert (hidden.status_code, hidden.json()["error"]["code"]) == (403, "private_hidden")
    assert shown.status_code == 200


def test_the_shake_up_tells_every_teams_ranks_and_what_chance_explains(contested: Installation) -> None:
    shake_up = contested.client("tina").get(f"{API}/shake-up").json()

    boards = {
        split: {
            row["team"]: row["rank"]
            for row in contested.client("tina").get(f"{API}/leaderboard/{split}").json()["rows"]
            if row["kind"] == "student"
        }
        for split in ("public", "private")
    }
    assert {row["team"]: row["public_rank"] for row in shake_up["teams"]} == boards["public"]
    assert {row["team"]: row["private_rank"] for row in shake_up["teams"]} == boards["private"]
    assert 0.02 < shake_up["public_error"] < 0.05
    assert shake_up["chance_move"] >= 0


def test_the_pages_say_it_in_words_and_students_see_them_after_the_reveal(contested: Installation) -> None:
    after_deadline(contested)
    take_snapshots(contested.context)
    client = browser(contested, "student0")
    sealed = client.get("/competitions/tiny/shake-up")
    public = client.get(DEADLINE)
    hidden = client.get(DEADLINE, params={"split": "private"})
    contested.clock.now = contested.competition().reveal_at

    shown = browser(contested, "student0").get("/competitions/tiny/shake-up")
    private = browser(contested, "student0").get(DEADLINE, params={"split": "private"})

    assert (sealed.status_code, hidden.status_code) == (403, 403)
    assert "as it stood when the deadline passed" in words(public.text)
    assert "Why ranks move" in shown.text
    assert "The median team moved by" in words(shown.text)
    assert private.status_code == 200


def test_a_deadline_that_is_moved_makes_the_boards_be_taken_anew(contested: Installation) -> None:
    after_deadline(contested)
    take_snapshots(contested.context)
    later = contested.competition().deadline_at + timedelta(hours=5)

    def move(session: Session) -> None:
        session.execute(update(Competition).values(deadline_at=later))

    contested.db.write(move)
    contested.submit("student1", predictions(400, accuracy=0.99, seed=9))
    after_deadline(contested)

    take_snapshots(contested.context)

    rows = contested.client("student0").get(f"{API}/leaderboard/public/deadline").json()
    assert rows["rows"][0]["team"] == "Student1"
