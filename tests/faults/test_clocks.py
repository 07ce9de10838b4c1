"""Borders of time: the deadline to the microsecond, slow uploads over it, servers whose clocks differ."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from starlette.testclient import TestClient

from server.app import create_app
from server.clock import course_day
from server.domain.competitions import access as competitions
from server.domain.errors import NotOpen
from server.domain.submissions.upload import Cover
from server.models import Submission
from server.services.uploads.take import UploadAnswer, take
from server.settings import Settings
from tests.support.installation import Clock, Installation
from tests.support.tiny_homework import predictions

pytestmark = pytest.mark.both

PATH = "/api/competitions/tiny/submissions"
MICROSECOND = timedelta(microseconds=1)
SKEW = timedelta(seconds=2)
AROUND = [-MICROSECOND, timedelta(), MICROSECOND]


def upload_slowly(
    installation: Installation, data: bytes, *, first: datetime, last: datetime
) -> UploadAnswer:
    """Send a file whose first byte comes at `first` and whose last one at `last`."""
    installation.clock.now = first
    student = installation.user("student0")
    access = installation.db.read(
        lambda session: competitions.access(session, slug="tiny", user=student, now=last)
    )

    async def stream() -> AsyncIterator[bytes]:
        yield data[:100]
        installation.clock.now = last
        yield data[100:]

    async def send() -> UploadAnswer:
        return await take(
            installation.context,
            access=access,
            user=student,
            stream=stream(),
            cover=Cover("slow.csv"),
        )

    return asyncio.run(send())


@pytest.mark.parametrize("off", AROUND, ids=["before", "at", "after"])
def test_the_deadline_counts_the_last_byte_to_the_microsecond(
    installation: Installation, off: timedelta
) -> None:
    competition = installation.competition()
    edge = competition.deadline_at + timedelta(seconds=competition.grace_seconds)

    taken = upload_slowly(
        installation,
        predictions(400, accuracy=0.7, seed=1),
        first=competition.deadline_at - timedelta(minutes=5),
        last=edge + off,
    )

    stored = installation.db.read(lambda session: session.scalars(select(Submission)).one())
    assert stored.received_at == edge + off
    assert stored.is_late is taken.receipt["is_late"] is (off >= timedelta())


@pytest.mark.parametrize("off", AROUND, ids=["before", "at", "after"])
def test_a_file_that_ends_at_midnight_uses_a_slot_of_the_new_day(
    installation: Installation, off: timedelta
) -> None:
    midnight = datetime(2030, 3, 14, tzinfo=ZoneInfo("Asia/Taipei"))

    upload_slowly(
        installation,
        predictions(400, accuracy=0.7, seed=1),
        first=midnight - timedelta(hours=1),
        last=midnight + off,
    )

    stored = installation.db.read(lambda session: session.scalars(select(Submission)).one())
    assert stored.course_day == date(2030, 3, 14 if off >= timedelta() else 13)


@pytest.mark.parametrize("off", AROUND, ids=["before", "at", "after"])
def test_the_opening_counts_the_first_byte_to_the_microsecond(
    installation: Installation, off: timedelta
) -> None:
    opening = installation.competition().opens_at
    data = predictions(400, accuracy=0.7, seed=1)

    if off < timedelta():
        with pytest.raises(NotOpen):
            upload_slowly(installation, data, first=opening + off, last=opening + timedelta(minutes=1))
    else:
        taken = upload_slowly(installation, data, first=opening + off, last=opening + timedelta(minutes=1))
        assert taken.status == 201


@pytest.fixture
def skewed(installation: Installation) -> Iterator[tuple[TestClient, Clock]]:
    """A second server of the same installation, for student0, and its own clock."""
    settings = Settings(
        data_dir=installation.folder / "data", database_url=SecretStr(installation.db.url), sweep_seconds=3600
    )
    app, clock = create_app(settings), Clock()
    app.state.clock = app.state.context.clock = clock
    headers = {"Authorization": f"Bearer {installation.tokens['student0']}"}
    with TestClient(app, headers=headers) as client:
        yield client, clock


def test_servers_whose_clocks_differ_never_give_more_slots_around_the_reset(
    installation: Installation, skewed: tuple[TestClient, Clock]
) -> None:
    behind, (ahead, clock) = installation.client("student0"), skewed
    reset = datetime(2030, 3, 13, 16, 0, tzinfo=installation.clock.now.tzinfo)
    statuses = []

    for step in range(-6, 7):
        true = reset + step * timedelta(seconds=0.5)
        installation.clock.now, clock.now = true - SKEW, true + SKEW
        for number, server in enumerate((behind, ahead)):
            data = predictions(400, accuracy=0.6, seed=100 * number + step + 50)
            statuses.append(server.post(PATH, content=data).status_code)

    rows = installation.db.read(lambda session: list(session.scalars(select(Submission))))
    slots = sorted((row.course_day.day, row.slot) for row in rows)
    assert slots == [(day, slot) for day in (13, 14) for slot in (1, 2, 3, 4, 5)]
    assert [course_day(row.received_at, "Asia/Taipei") for row in rows] == [row.course_day for row in rows]
    assert set(statuses) == {201, 429}


def test_the_servers_agree_on_a_file_that_both_receive_at_the_deadline(
    installation: Installation, skewed: tuple[TestClient, Clock]
) -> None:
    behind, (ahead, clock) = installation.client("student0"), skewed
    edge = installation.competition().deadline_at + timedelta(seconds=60)
    installation.clock.now, clock.now = edge - SKEW, edge + SKEW
    data = predictions(400, accuracy=0.6, seed=1)

    first, again = behind.post(PATH, content=data), ahead.post(PATH, content=data)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["is_late"] is first.json()["is_late"] is False
    assert again.json()["received_at"] == first.json()["received_at"]
