"""A whole board may lag by a moment while its next is made; it says by how much, and never goes back."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from server.domain.boards.veil import Audience
from server.services.board_cache import BoardCache
from server.services.cached_board import CachedBoard
from tests.support.installation import Installation

BOARD = "/api/competitions/tiny/leaderboard/public"
HOUR = 3600.0
pytestmark = pytest.mark.both
Play = Callable[[BoardCache], Awaitable[None]]


def played(installation: Installation, play: Play) -> None:
    """Play in a cache of an hour's lag, whose board has one team."""
    installation.submit_accuracy("student0", 0.5, seed=1)

    async def run() -> None:
        cache = BoardCache(installation.db, lag=HOUR)
        await lagging(cache)
        await play(cache)
        for task in cache._beside.values():
            task.cancel()

    asyncio.run(run())


async def lagging(cache: BoardCache, *, least: int = 0) -> CachedBoard:
    """The board for whoever may see one that lags."""
    return await cache.board(1, "public", audience=Audience.OPEN, least=least)


def test_a_board_that_lags_is_shown_at_once_and_the_newest_to_whoever_needs_it(
    installation: Installation,
) -> None:
    async def play(cache: BoardCache) -> None:
        await asyncio.to_thread(installation.submit_accuracy, "student1", 0.9, 2)
        old = await lagging(cache)
        known = await lagging(cache, least=old.revision + 1)
        newest = await cache.board(1, "public", audience=Audience.OPEN)

        assert [len(board.whole) for board in (old, known, newest)] == [1, 2, 2]

    played(installation, play)


def test_the_next_board_is_made_beside_one_that_is_half_as_old_as_it_may_be(
    installation: Installation,
) -> None:
    async def play(cache: BoardCache) -> None:
        await asyncio.to_thread(installation.submit_accuracy, "student1", 0.9, 2)
        (await lagging(cache)).last_look.at -= HOUR * 0.6
        next(iter(cache._beside.values())).cancel()
        await asyncio.sleep(0)
        old = await lagging(cache)
        newest = await next(iter(cache._beside.values()))

        assert [len(old.whole), len(newest.whole)] == [1, 2]
        assert await lagging(cache) is newest

    played(installation, play)


def test_a_board_that_is_too_old_is_shown_to_nobody(installation: Installation) -> None:
    async def play(cache: BoardCache) -> None:
        await asyncio.to_thread(installation.submit_accuracy, "student1", 0.9, 2)
        (await lagging(cache)).last_look.at -= HOUR

        assert len((await lagging(cache)).whole) == 2

    played(installation, play)


def test_an_answer_tells_how_old_its_board_is_and_a_program_never_reads_an_older_one(
    installation: Installation,
) -> None:
    cache: BoardCache = installation.app.state.boards
    cache.lag = HOUR
    client, other = installation.client("student0"), installation.client("student1")
    installation.submit_accuracy("student0", 0.5, seed=1)
    first = client.get(BOARD)
    (board,) = cache._boards.values()
    board.last_look.at -= 7

    installation.submit_accuracy("student1", 0.9, seed=2)
    lags = client.get(BOARD)
    by_route = client.get(BOARD, params={"route": "1"})
    own_page = client.get(BOARD, params={"limit": 5}).json()
    named = f'"public-1-{own_page["revision"]}"'
    cache._boards[next(iter(cache._boards))] = board  # as another process of the server has it
    newer = other.get(BOARD, headers={"If-None-Match": named})

    assert int(first.headers["board-age-ms"]) < 7000
    assert [int(each.headers["board-age-ms"]) >= 7000 for each in (lags, by_route)] == [True, True]
    assert [len(each.json()["rows"]) for each in (first, lags, by_route)] == [1, 1, 1]
    assert len(own_page["rows"]) == 2
    assert newer.status_code == 304
