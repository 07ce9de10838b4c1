"""The time machine: now it is the board itself, and of the past it tells nobody more than the board did."""

import random
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from server.database.database import EPOCH
from server.domain.boards import leaderboard, standings, time_machine
from server.domain.boards.leaderboard import BoardRow
from server.domain.boards.standings import StandingTable
from server.domain.errors import DomainError, Invalid
from server.models import PrivateStanding, Standing, Submission, Unselected
from tests.support import tiny_homework
from tests.support.installation import Installation
from tests.support.teamwork import in_teams_of, join

pytestmark = pytest.mark.both

BOARD = "/api/competitions/tiny/leaderboard"
STUDENTS = ("student0", "student1", "student2")


def served(installation: Installation, split: StandingTable) -> list[BoardRow]:
    competition = installation.competition()
    return installation.db.read(
        lambda session: leaderboard.board(session, competition=competition, split=split), private=True
    )


def recomputed(installation: Installation, split: StandingTable, then: datetime) -> list[BoardRow]:
    competition = installation.competition()
    return installation.db.read(
        lambda session: time_machine.board_at(session, competition=competition, split=split, then=then),
        private=True,
    )


def upload(installation: Installation, chance: random.Random) -> None:
    accuracy = chance.choice([0.3, 0.5, 0.6, 0.7, 0.9])
    installation.submit_accuracy(chance.choice(STUDENTS), accuracy, seed=chance.randrange(6))


def train(installation: Installation, chance: random.Random) -> None:
    tier = chance.choice(["simple", "boss"])
    tiny_homework.TIERS[tier] = chance.choice([0.4, 0.6, 0.8])
    installation.train(tier)


def change(installation: Installation, chance: random.Random) -> None:
    """Exclude a submission or take it back, or make it a final selection or take it off."""

    def work(session: Session) -> None:
        submission = chance.choice(session.query(Submission).order_by(Submission.id).all())
        if chance.random() < 0.5:
            submission.excluded_at = None if submission.excluded_at else installation.clock()
        else:
            submission.is_final = not submission.is_final and not submission.is_late
        session.flush()
        standings.refresh(session, competition_id=submission.competition_id, team_id=submission.team_id)

    installation.db.write(work, private=True)


def merge(installation: Installation, chance: random.Random) -> None:
    join(installation, *chance.sample(STUDENTS, 2))


def live(
    installation: Installation,
    chance: random.Random,
    acts: list[Callable[[Installation, random.Random], None]],
) -> None:
    """One act, or none where a rule forbids it, some hours after the one before."""
    installation.clock.advance(timedelta(minutes=chance.randrange(1, 600), microseconds=chance.randrange(9)))
    with suppress(DomainError, IndexError):
        chance.choice(acts)(installation, chance)


@pytest.mark.parametrize(("seed", "unselected"), list(enumerate(Unselected)))
def test_now_it_equals_the_served_boards_whatever_happened(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, seed: int, unselected: Unselected
) -> None:
    monkeypatch.setattr(tiny_homework, "TIERS", dict(tiny_homework.TIERS))
    in_teams_of(installation, 3, unselected=unselected)
    chance = random.Random(seed)
    steps = []

    for _ in range(18):
        live(installation, chance, [upload, upload, upload, train, change, change, merge])
        boards = [
            (served(installation, split), recomputed(installation, split, installation.clock()))
            for split in (Standing, PrivateStanding)
        ]
        steps += boards

    assert [board for board, _ in steps] == [again for _, again in steps]
    assert len(steps[-1][0]) > 0


@pytest.mark.parametrize("seed", range(2))
def test_it_tells_each_past_public_board_as_it_was_served(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(tiny_homework, "TIERS", dict(tiny_homework.TIERS))
    chance = random.Random(seed)
    history = []

    for _ in range(20):
        live(installation, chance, [upload, upload, upload, train])
        history.append((installation.clock(), served(installation, Standing)))

    again = [recomputed(installation, Standing, then) for then, _ in history]
    assert again == [board for _, board in history]
    assert len({len(board) for board in again}) > 1


def test_a_file_counts_from_the_very_microsecond_it_was_scored(installation: Installation) -> None:
    row = installation.submit_accuracy("student0", 0.6, seed=1)
    assert row.finished_at is not None

    before = recomputed(installation, Standing, row.finished_at - timedelta(microseconds=1))
    then = recomputed(installation, Standing, row.finished_at)

    assert (len(before), len(then)) == (0, 1)


def test_a_file_that_was_received_but_not_scored_yet_does_not_count(installation: Installation) -> None:
    row = installation.submit_accuracy("student0", 0.6, seed=1)
    later = installation.clock() + timedelta(minutes=2)
    installation.db.write(
        lambda session: session.execute(update(Submission).values(finished_at=later)) and None
    )

    board = recomputed(installation, Standing, row.received_at + timedelta(minutes=1))

    assert board == []
    assert len(recomputed(installation, Standing, later)) == 1


def test_the_api_tells_the_board_of_a_minute(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.6, seed=1)
    noon = installation.clock()
    installation.clock.advance(timedelta(hours=1))
    installation.submit_accuracy("student1", 0.9, seed=2)
    student = installation.client("student0")

    then = student.get(f"{BOARD}/public/at", params={"time": noon.isoformat()}).json()
    local = student.get(f"{BOARD}/public/at?time=2030-03-13T12:30").json()
    now = student.get(f"{BOARD}/public/at").json()

    assert [row["team"] for row in then["rows"]] == ["Student0"]
    assert local["rows"] == then["rows"]
    assert local["at"] == "2030-03-13T04:30:00.000000Z"
    assert now["rows"] == student.get(f"{BOARD}/public").json()["rows"]


def test_the_private_time_machine_opens_with_the_private_board(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.6, seed=1)
    reveal = installation.competition().reveal_at
    student, staff = installation.client("student0"), installation.client("tina")
    address = f"{BOARD}/private/at"

    installation.clock.now = reveal - timedelta(microseconds=1)
    before, staffs = student.get(address), staff.get(address)
    installation.clock.now = reveal
    after = student.get(address)

    assert (before.status_code, before.json()["error"]["code"]) == (403, "private_hidden")
    assert staffs.json()["rows"] == after.json()["rows"] != []


@pytest.mark.parametrize("page", ["", "?time=2030-03-13T12:30", "?time=2030-03-13T12:30&page=7"])
def test_the_page_shows_students_one_board_and_staff_both(installation: Installation, page: str) -> None:
    installation.submit_accuracy("student0", 0.6, seed=1)
    installation.clock.advance(timedelta(hours=2))
    address = f"/competitions/tiny/leaderboard/at{page}"

    student, staff = (installation.client(name).get(address).text for name in ("student0", "tina"))

    boards = [re.findall(r"Student0</bdi>(?:</a>)?(?:</td>| <span)", text) for text in (student, staff)]
    assert [len(rows) for rows in boards] == [1, 2]
    assert ["Private board" in text for text in (student, staff)] == [False, True]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2030-03-13T12:30", datetime(2030, 3, 13, 4, 30, tzinfo=UTC)),
        ("2030-03-13 12:30:15", datetime(2030, 3, 13, 4, 30, 15, tzinfo=UTC)),
        ("2030-03-13T12:30+08:00", datetime(2030, 3, 13, 4, 30, tzinfo=UTC)),
        ("2030-03-13T12:30 08:00", datetime(2030, 3, 13, 4, 30, tzinfo=UTC)),
        ("2030-03-13T04:30Z", datetime(2030, 3, 13, 4, 30, tzinfo=UTC)),
        ("2099-01-01T00:00", tiny_homework.NOW + timedelta(hours=1)),
        (None, tiny_homework.NOW + timedelta(hours=1)),
        ("0001-01-01T12:00", EPOCH),
    ],
)
def test_a_time_is_local_unless_it_has_an_offset_and_never_in_the_future(
    text: str | None, expected: datetime
) -> None:
    now = tiny_homework.NOW + timedelta(hours=1)

    assert time_machine.instant(text, zone="Asia/Taipei", now=now) == expected


@pytest.mark.parametrize(
    "text", ["noon", "2030-13-01T00:00", "0001-01-01T00:00", "9" * 30, "T", "\N{FULLWIDTH DIGIT ONE}"]
)
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Invalid, match="is no time"):
        time_machine.instant(text, zone="Asia/Taipei", now=tiny_homework.NOW)


@pytest.mark.parametrize("split", [Standing, PrivateStanding])
def test_the_board_that_was_looked_at_last_follows_what_staff_do_now(
    installation: Installation, split: StandingTable
) -> None:
    submission = installation.submit_accuracy("student0", 0.7, seed=1)
    installation.submit_accuracy("student1", 0.6, seed=2)
    then = installation.clock()
    installation.clock.advance(timedelta(hours=1))
    before = [recomputed(installation, split, then) for _ in range(2)]

    def exclude(session: Session) -> None:
        session.get_one(Submission, submission.id).excluded_at = installation.clock()
        session.flush()
        standings.refresh(session, competition_id=submission.competition_id, team_id=submission.team_id)

    installation.db.write(exclude, private=True)
    after = recomputed(installation, split, then)

    assert before[0] == before[1]
    assert [row.team_id for row in before[0]] == [submission.team_id, *(row.team_id for row in after)]
