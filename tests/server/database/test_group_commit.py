"""Writing to SQLite: in groups within a process, in turns between processes."""

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.database.database import Database
from server.models import AuditEntry
from tests.support import databases


def add(session: Session) -> None:
    """Write one row."""
    session.add(AuditEntry(at=datetime.now(UTC), by=None, act="test", subject="x", details={}))


def write_without_pause(url: str, started: Event, stop: Event) -> None:
    """What another server does at the deadline."""
    database = Database(url)
    with ThreadPoolExecutor(8) as threads:
        while not stop.is_set():
            list(threads.map(lambda _: database.write(add), range(32)))
            started.set()
    database.close()


def test_a_failing_write_takes_no_other_of_its_group_with_it(tmp_path: Path) -> None:
    database = Database(databases.fresh("sqlite", tmp_path))

    def work(number: int) -> bool:
        def piece(session: Session) -> None:
            add(session)
            session.flush()
            if number % 3 == 0:
                raise ValueError(number)

        try:
            database.write(piece)
        except ValueError:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(work, range(60)))
    count = database.read(lambda session: session.scalar(select(func.count()).select_from(AuditEntry)))
    database.close()

    assert outcomes.count(True) == 40
    assert count == 40


def test_a_process_that_writes_without_pause_lets_others_take_their_turn(tmp_path: Path) -> None:
    url = databases.fresh("sqlite", tmp_path)
    context = multiprocessing.get_context("spawn")
    started, stop = context.Event(), context.Event()
    other = context.Process(target=write_without_pause, args=(url, started, stop))
    other.start()
    assert started.wait(60)
    database = Database(url)
    waits = []
    for _ in range(20):
        began = time.monotonic()
        database.write(add)
        waits.append(time.monotonic() - began)
    stop.set()
    other.join()
    database.close()

    assert other.exitcode == 0
    assert len(waits) == 20
