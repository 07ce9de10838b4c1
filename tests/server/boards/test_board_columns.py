"""The columns of a board, advanced change by change, against the board as it is counted whole."""

import random
from collections.abc import Callable
from math import isnan, nan

import numpy as np
import pytest

from grader.scores.uncertainty import tied_groups
from server.domain.boards.board_columns import COLUMNS, BoardColumns, Placed
from server.domain.boards.decimals import decimals_of

Draw = Callable[[random.Random], float]
SCORES: dict[str, Draw] = {
    "many equal": lambda chance: chance.randrange(8) / 8,
    "all different": lambda chance: chance.random(),
    "close": lambda chance: 0.7 + chance.randrange(40) / 10 ** chance.randrange(5, 9),
}
ERRORS: dict[str, Draw] = {
    "none": lambda _: nan,
    "alike": lambda _: 0.03,
    "some": lambda chance: chance.choice([nan, 0.0, 0.001, 0.05]),
}


def drawn(chance: random.Random, team_id: int, score: Draw, error: Draw) -> Placed:
    value = score(chance)
    return Placed(
        -float(f"{value:.12g}"), chance.randrange(5), team_id, value, error(chance), chance.random() < 0.9
    )


def built(rows: list[Placed]) -> BoardColumns:
    ordered = sorted(rows)
    columns = {
        name: np.array([row[number] for row in ordered], kind)
        for number, (name, kind) in enumerate(COLUMNS.items())
    }
    return BoardColumns.of(0, columns)


def facts_of(board: BoardColumns) -> list[tuple[object, ...]]:
    places = range(len(board))
    return [
        (int(board.team_id[place]), board.rank(place), board.tied_with(place), shown)
        for place, shown in zip(places, board.shown_scores(places, 4), strict=True)
    ]


def counted(rows: list[Placed]) -> list[tuple[object, ...]]:
    """The same of all rows at once, one after the other."""
    ordered = sorted(rows)
    students = [row for row in ordered if row.is_student]
    ranks = {row.team_id: 1 + sum(other.key < row.key for other in students) for row in students}
    groups = tied_groups([row.score for row in students], [row.error for row in students])
    leaders = {
        row.team_id: students[groups.index(group)] for row, group in zip(students, groups, strict=True)
    }
    decimals = decimals_of([row.score for row in ordered], 4)
    return [
        (
            row.team_id,
            ranks.get(row.team_id),
            ranks[leaders[row.team_id].team_id]
            if row.is_student and leaders[row.team_id] is not row
            else None,
            round(row.score, places),
        )
        for row, places in zip(ordered, decimals, strict=True)
    ]


@pytest.mark.parametrize("scores", SCORES)
@pytest.mark.parametrize("errors", ERRORS)
def test_a_board_that_is_advanced_is_the_board_that_is_counted_whole(scores: str, errors: str) -> None:
    chance = random.Random(f"{scores} {errors}")
    draw, error = SCORES[scores], ERRORS[errors]
    rows = {number: drawn(chance, number, draw, error) for number in range(chance.randrange(120))}
    board = built(list(rows.values()))

    for revision in range(1, 60):
        changed = chance.sample(range(150), chance.choice([0, 1, 1, 1, 2, 5]))
        for team_id in changed:
            rows.pop(team_id, None)
            if chance.random() < 0.8:
                rows[team_id] = drawn(chance, team_id, draw, error)
        board = board.advanced(revision, changed, [rows[team_id] for team_id in changed if team_id in rows])

        assert facts_of(board) == counted(list(rows.values()))
        assert board.leaders.tolist() == built(list(rows.values())).leaders.tolist()


@pytest.mark.parametrize("most", [1, 2, 3, 5, 1000])
def test_what_is_listed_are_the_first_ranks_and_every_baseline(most: int) -> None:
    chance = random.Random(most)
    for _ in range(30):
        rows = [
            drawn(chance, number, SCORES["many equal"], ERRORS["none"])
            for number in range(chance.randrange(40))
        ]
        board = built(rows)
        ranks = [board.rank(place) for place in range(len(board))]

        assert board.listed(most).tolist() == [
            place for place, rank in enumerate(ranks) if rank is None or rank <= most
        ]
        for place in range(len(board)):
            before = [each for each in range(place) if ranks[each] is not None]
            assert board.near(place, 3) == before[-3:]
        assert all(isnan(error) for error in board.error)
