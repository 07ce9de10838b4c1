"""Parts of a board are what the whole board has in their places, whatever happened and whoever looks."""

import random
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from server.database.database import Database
from server.database.private_tables import PrivateScoresGuarded
from server.domain.boards import board_index, leaderboard, standings, veil
from server.domain.boards.board_index import Overtaken
from server.domain.boards.board_parts import BoardPart, BoardReader
from server.domain.boards.leaderboard import BoardRow
from server.domain.boards.standings import StandingTable
from server.domain.boards.veil import Audience
from server.domain.submissions import feedback
from server.models import (
    BoardNames,
    Competition,
    Course,
    PrivateStanding,
    PublicScore,
    Standing,
    Submission,
    Team,
    Unselected,
)
from server.serializers import boards as boards_json
from tests.server.boards.test_time_machine import change, live, merge, train, upload
from tests.support import tiny_homework
from tests.support.installation import Installation
from tests.support.teamwork import in_teams_of

pytestmark = pytest.mark.both
BOARD = "/api/competitions/tiny/leaderboard"


def rename(installation: Installation, chance: random.Random) -> None:
    """Another name of a team, or another veil of the course."""

    def work(session: Session) -> None:
        if chance.random() < 0.5:
            team = chance.choice(session.query(Team).order_by(Team.id).all())
            team.name = f"Name {chance.randrange(1000)}"
        names, most = chance.choice(list(BoardNames)), chance.choice([None, 1, 2])
        session.execute(update(Course).values(board_names=names, board_rows=most))
        standings.new_revision(session, 1, team_ids=())

    installation.db.write(work)


def rebuild(installation: Installation, chance: random.Random) -> None:
    """All standings anew, as after another answer key or other rules."""

    def work(session: Session) -> None:
        session.execute(update(Competition).values(unselected=chance.choice(list(Unselected))))
        standings.refresh_all(session, competition_id=1)
        standings.new_revision(session, 1)

    installation.db.write(work, private=True)


def wrong_parts(session: Session, split: StandingTable, audience: Audience) -> list[str]:
    """Where parts differ from the whole board, read the slow way in the same session."""
    competition = session.get_one(Competition, 1)
    rows = leaderboard.board(session, competition=competition, split=split)
    seen = veil.seen(session, rows, competition=competition, audience=audience)
    reader = BoardReader.of(session, competition_id=1, split=split, audience=audience)
    wrong = []
    for limit in (1, 2, 100):
        pages = [reader.page(start, limit) for start in range(0, len(seen.listed) + 1, limit)]
        if [row for page in pages for row in page.rows] != seen.listed:
            wrong.append(f"pages of {limit}: {pages}, not {seen.listed}")
        if {(page.teams, page.listed) for page in pages} != {(students_of(rows), len(seen.listed))}:
            wrong.append(f"numbers of {pages}")
    for team in session.query(Team):
        part = reader.own_part(team.id)
        if own_json(part, team.id) != boards_json.own_row(seen.whole, team.id, decimals=3):
            wrong.append(f"own part of team {team.id}: {part}")
    return wrong


def students_of(rows: list[BoardRow]) -> int:
    return sum(row.tier is None for row in rows)


def own_json(part: BoardPart, team_id: int) -> object:
    return boards_json.own_row(part.rows, team_id, decimals=3)


@pytest.mark.parametrize(("seed", "split"), [(0, Standing), (1, PrivateStanding)])
def test_parts_are_those_of_the_whole_board_whatever_happened(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, seed: int, split: StandingTable
) -> None:
    monkeypatch.setattr(tiny_homework, "TIERS", dict(tiny_homework.TIERS))
    in_teams_of(installation, 3)
    chance, acts = random.Random(seed), [upload, upload, upload, train, change, merge, rename, rebuild]
    another = Database(installation.db.url)  # as another process, which looks now and then
    wrong = []

    for number in range(24):
        live(installation, chance, acts)
        for database in (installation.db, another)[: 1 + (number % 3 == 0)]:
            for audience in Audience:
                wrong += database.read(
                    lambda session, audience=audience: wrong_parts(session, split, audience), private=True
                )
    another.close()

    assert wrong == []


def test_ranks_from_the_columns_are_those_that_are_counted(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiny_homework, "TIERS", dict(tiny_homework.TIERS))
    chance, receipts = random.Random(5), []
    for _ in range(20):
        live(installation, chance, [upload, upload, train, rebuild])
        installation.client("student0").get(f"{BOARD}/public?limit=1").raise_for_status()
        ways = []
        for many in (0, board_index.MANY):
            monkeypatch.setattr(board_index, "MANY", many)
            ways.append(installation.db.read(ranks))
        receipts.append(ways)

    assert [by_columns for by_columns, _ in receipts] == [counted for _, counted in receipts]
    assert len(receipts[-1][0]) > 5


def ranks(session: Session) -> list[object]:
    """Each team's rank, and what each public score means now."""
    competition = session.get_one(Competition, 1)
    teams = [team.id for team in session.query(Team).order_by(Team.id)]
    scored = session.query(Submission, PublicScore.score).join(
        PublicScore, PublicScore.submission_id == Submission.id
    )
    return [
        *(leaderboard.public_rank(session, competition_id=1, team_id=each) for each in [0, *teams]),
        *(
            feedback.meaning_of(session, row, competition=competition, public_score=score)
            for row, score in scored.order_by(Submission.id)
        ),
    ]


def test_the_private_board_in_memory_is_shown_to_no_session_that_may_not_read_it(
    installation: Installation,
) -> None:
    installation.submit_accuracy("student0", 0.5, seed=1)

    def read(session: Session) -> BoardPart:
        reader = BoardReader.of(session, competition_id=1, split=PrivateStanding, audience=Audience.OPEN)
        return reader.page(0, 10)

    of_staff = installation.db.read(read, private=True)

    with pytest.raises(PrivateScoresGuarded):
        installation.db.read(read)
    assert len(of_staff.rows) == 1


def test_a_read_that_others_have_overtaken_begins_anew_or_goes_its_own_way(
    installation: Installation,
) -> None:
    def page(session: Session, *, alone: bool = False) -> list[str]:
        reader = BoardReader.of(
            session, competition_id=1, split=Standing, audience=Audience.OPEN, alone=alone
        )
        return [row.team for row in reader.page(0, 10).rows]

    def overtaken(session: Session) -> tuple[list[str], list[str]]:
        session.get_one(Competition, 1)  # what it sees is of this instant
        installation.submit_accuracy("student1", 0.9, seed=2)
        now = installation.db.read(page)
        with pytest.raises(Overtaken):
            page(session)
        return now, page(session, alone=True)

    installation.submit_accuracy("student0", 0.5, seed=1)

    assert installation.db.read(overtaken) == (["Student1", "Student0"], ["Student0"])


@pytest.mark.parametrize("path", ["public?limit=2", "public/me", "private?limit=2"])
def test_parts_are_read_by_indexes_however_large_the_board_is(installation: Installation, path: str) -> None:
    """Each page was cut from the whole board, which was made for it."""
    for number in range(3):
        installation.submit_accuracy(f"student{number}", 0.5 + number / 10, seed=number)
    staff = installation.client("tina" if "private" in path else "student0")
    staff.get(f"{BOARD}/{path}").raise_for_status()  # from here on the process knows the board
    installation.submit_accuracy("student0", 0.9, seed=9)
    statements: list[tuple[str, Any]] = []
    event.listen(
        installation.db.engine, "before_cursor_execute", lambda *of: statements.append((of[2], of[3]))
    )

    staff.get(f"{BOARD}/{path}").raise_for_status()

    own = [
        each for each in statements if any(name in each[0] for name in ("standing", "submissions", "teams"))
    ]
    assert len(own) >= 3
    assert installation.db.read(lambda session: scans(session, own), private=True) == []


def scans(session: Session, statements: list[tuple[str, Any]]) -> list[str]:
    """The steps of these statements that read a whole table, though the planner was to avoid it."""
    driver: Any = session.connection().connection.driver_connection
    if session.get_bind().dialect.name == "sqlite":
        plans = [
            row[3]
            for text, values in statements
            for row in driver.execute(f"EXPLAIN QUERY PLAN {text}", values)
        ]
        return [step for step in plans if step.startswith("SCAN") and "CONSTANT" not in step]
    driver.execute("SET LOCAL enable_seqscan = off")  # on few rows it would be the quickest
    plans = [row[0] for text, values in statements for row in driver.execute(f"EXPLAIN {text}", values)]
    return [step for step in plans if "Seq Scan" in step]
