"""How many bytes of files one process holds at once: who comes when that is full waits, then is refused."""

import asyncio

import pytest

from server.domain.errors import TooBusy
from server.services.grading import memory
from server.services.grading.memory import FileMemory, Room
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

PATH = "/api/competitions/tiny/submissions"
PATIENCE = 30.0  # seconds until a test gives up; none waits for so long unless it fails


def test_a_file_waits_until_another_one_is_done() -> None:
    async def second_waits_for_the_first() -> list[int]:
        most = FileMemory(100)
        first, second = Room(most), Room(most)
        await first.grow(80)
        waiting = asyncio.create_task(second.grow(50))
        await asyncio.sleep(0)
        sizes = [second.size]
        first.close()
        await asyncio.wait_for(waiting, PATIENCE)
        return [*sizes, second.size, most.held]

    assert asyncio.run(second_waits_for_the_first()) == [0, 50, 50]


def test_a_file_is_refused_when_the_others_take_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "WAIT_SECONDS", 0.0)

    async def second_grows() -> None:
        most = FileMemory(100)
        await Room(most).grow(80)
        await Room(most).grow(50)

    with pytest.raises(TooBusy, match="it cost nothing"):
        asyncio.run(second_grows())


def test_a_file_that_is_alone_may_be_larger_than_the_bound() -> None:
    async def held() -> int:
        most = FileMemory(100)
        room = Room(most)
        await room.grow(90)
        await room.grow(90)
        return most.held

    assert asyncio.run(held()) == 180


def test_memory_that_was_given_back_twice_is_counted_once() -> None:
    async def held() -> int:
        most = FileMemory(100)
        one, other = Room(most), Room(most)
        await one.grow(40)
        await other.grow(40)
        one.close()
        one.close()
        return most.held

    assert asyncio.run(held()) == 40


def test_an_upload_to_a_busy_server_is_refused_and_costs_nothing(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "WAIT_SECONDS", 0.0)
    client, data = installation.client("student0"), predictions(400, accuracy=0.6, seed=1)
    installation.context.memory = FileMemory(len(data))
    others = Room(installation.context.memory)
    asyncio.run(others.grow(10))

    refused = client.put(PATH, content=data)
    others.close()
    taken = client.put(PATH, content=data)

    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "busy"
    assert refused.headers["Retry-After"] == "5"
    assert taken.status_code == 201
    assert taken.json()["today"]["used"] == 1


def test_what_an_upload_held_is_given_back_however_it_ends(installation: Installation) -> None:
    client, data = installation.client("student0"), predictions(400, accuracy=0.6, seed=1)

    statuses = [client.put(PATH, content=content).status_code for content in (data, data, b"id,label\n", b"")]

    assert statuses == [201, 200, 422, 422]
    assert installation.context.memory.held == 0
