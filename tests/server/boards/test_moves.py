"""Moves of ranks: since a past instant as the time machine has it, and between the boards."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from server.domain.boards import moves
from server.models import Standing
from tests.server.boards.test_time_machine import change, live, merge, recomputed, train, upload
from tests.support import tiny_homework
from tests.support.installation import Installation
from tests.support.teamwork import in_teams_of

pytestmark = pytest.mark.both


@pytest.mark.parametrize("seed", range(2))
def test_past_ranks_are_those_of_the_time_machine(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(tiny_homework, "TIERS", dict(tiny_homework.TIERS))
    in_teams_of(installation, 3)
    chance, instants = random.Random(seed), [installation.clock()]
    for _ in range(14):
        live(installation, chance, [upload, upload, upload, train, change, merge])
        instants.append(installation.clock())
    competition_id = installation.competition().id

    ranks = [
        installation.db.read(
            lambda session, then=then: moves.ranks_at(session, competition_id=competition_id, then=then)
        )
        for then in instants
    ]

    assert ranks == [moves.ranks_of(recomputed(installation, Standing, then)) for then in instants]
    assert ranks[0] == {}
    assert len(ranks[-1]) > 0


def test_a_rank_is_won_lost_or_new(installation: Installation) -> None:
    for name, accuracy in (("student0", 0.6), ("student1", 0.5)):
        installation.submit_accuracy(name, accuracy, seed=1)
    installation.clock.advance(timedelta(days=1))
    before = installation.clock()
    installation.clock.advance(timedelta(hours=1))
    for name, accuracy in (("student1", 0.9), ("student2", 0.3)):
        installation.submit_accuracy(name, accuracy, seed=2)
    rows = recomputed(installation, Standing, installation.clock())
    competition_id = installation.competition().id

    ranks = installation.db.read(
        lambda session: moves.ranks_at(session, competition_id=competition_id, then=before)
    )

    by_name = {row.team_id: row.team for row in rows}
    won = {by_name[team]: change for team, change in moves.changes(rows, before=ranks).items()}
    assert won == {"Student1": 1, "Student0": -1, "Student2": None}
    assert moves.changes(rows, before={}) == {}
    assert moves.changes(rows, before=moves.ranks_of(rows)) == {}


@pytest.mark.parametrize(
    ("zone", "begin"),
    [
        ("Asia/Taipei", datetime(2030, 3, 12, 16, tzinfo=UTC)),
        ("America/New_York", datetime(2030, 3, 12, 4, tzinfo=UTC)),
    ],
)
def test_a_course_day_begins_at_local_midnight(zone: str, begin: datetime) -> None:
    now = datetime(2030, 3, 13, 3, tzinfo=UTC)

    assert moves.day_begins(now, zone=zone) == begin
