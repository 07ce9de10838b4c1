"""What is remembered of the database is what a read would find there now, whoever has changed it."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.database.database import Database
from server.database.snapshot_memory import remembered
from server.models import Course
from tests.support.tiny_homework import NOW

pytestmark = pytest.mark.both


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def other(database_url: str) -> Iterator[Database]:
    """The same database as another process has it."""
    database = Database(database_url)
    yield database
    database.close()


class Count:
    """How many courses there are, and how often that was looked up."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self, session: Session) -> int:
        return remembered(session, ("courses",), lambda: self._look(session))

    def _look(self, session: Session) -> int:
        self.looks += 1
        return session.scalar(select(func.count()).select_from(Course)) or 0


def add(slug: str) -> Callable[[Session], None]:
    """Adds a course."""
    return lambda session: session.add(Course(slug=slug, title=slug, zone="UTC", created_at=NOW))


def test_a_value_is_read_once_while_nothing_changes(database: Database) -> None:
    count = Count()
    database.read(lambda session: session.connection())  # SQLite turns the file into one with a log first

    values = [database.read(count) for _ in range(3)]

    assert (values, count.looks) == ([0, 0, 0], 1)


def test_a_change_by_whomever_is_seen_at_once(database: Database, other: Database) -> None:
    count = Count()
    values = [database.read(count)]

    database.write(add("own"))
    values.append(database.read(count))
    other.write(add("another"))
    values.append(database.read(count))

    assert values == [0, 1, 2]


def test_a_read_that_began_before_a_change_leaves_nothing_behind_for_one_after_it(
    database: Database, other: Database
) -> None:
    count = Count()

    def slow_read(session: Session) -> int:
        before: int = session.scalar(select(func.count()).select_from(Course)) or 0
        other.write(add("meanwhile"))
        return before + count(session)

    values = [database.read(slow_read), database.read(count)]

    assert values == [0, 1]


def test_a_change_between_the_beginning_and_the_first_look_is_seen_or_not_remembered(
    database: Database, other: Database
) -> None:
    count = Count()

    def late_look(session: Session) -> int:
        session.connection()
        other.write(add("meanwhile"))
        return count(session)

    first, after = database.read(late_look), database.read(count)

    assert first in (0, 1)
    assert after == 1


def test_sessions_that_may_see_private_scores_share_nothing_with_others(database: Database) -> None:
    count = Count()

    database.read(count, private=True)
    database.read(count)

    assert count.looks == 2


def test_a_session_that_writes_reads_for_itself(database: Database) -> None:
    count = Count()
    database.read(count)

    def write(session: Session) -> int:
        add("new")(session)
        session.flush()
        return count(session)

    values = [database.write(write), database.read(count)]

    assert (values, count.looks) == ([1, 1], 3)
