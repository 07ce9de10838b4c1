"""An upgrade that is killed leaves the schema as it was, and what lies in an older schema comes along."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, inspect, text

from server.services.schema import drift, newest, present, upgrade
from tests.support import databases

OLD = "0005"
PROJECT = Path(__file__).resolve().parents[2]
KILLED = """
import os, signal, sys
from sqlalchemy import Engine, event
from server.services.schema import upgrade
seen = 0

@event.listens_for(Engine, "after_cursor_execute")
def _count(connection, cursor, statement, *rest):
    global seen
    seen += 1
    if seen == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

upgrade(sys.argv[1])
print(seen)
"""
MICROS = 1_900_000_000_000_000
HASH = "ab" * 32
RULES = {
    "homework": "hw",
    "title": "Old",
    "description_md": "Old words.",
    "metric": "rmse",
    "higher_is_better": False,
    "id_column": "id",
    "target_columns": '["y"]',
    "labels": "[]",
    "prediction_columns": "[]",
    "auxiliary_columns": "{}",
    "metric_arguments": '{"squared": true}',
    "daily_limit": 5,
    "final_selections": 2,
    "reset_zone": "Asia/Taipei",
    "opens_at": MICROS,
    "deadline_at": MICROS + 1,
    "late_until": MICROS + 2,
    "reveal_at": MICROS + 3,
    "grace_seconds": 60,
    "upload_limit_bytes": 1000,
    "answer_key_id": 1,
    "created_at": MICROS,
}
ROWS: list[tuple[str, dict[str, Any]]] = [
    (
        "users",
        {
            "id": 1,
            "username": "Wei",
            "username_key": "wei",
            "display_name": "Chen Wei 陳偉",
            "email": "wei@example.edu",
            "is_admin": False,
            "is_active": True,
            "created_at": MICROS,
        },
    ),
    ("courses", {"id": 1, "slug": "ml", "title": "ML", "zone": "Asia/Taipei", "created_at": MICROS}),
    ("competitions", {"id": 1, "course_id": 1, "slug": "old", **RULES}),
    (
        "answer_keys",
        {
            "id": 1,
            "competition_id": 1,
            "version": 1,
            "sha256": HASH,
            "rows": 9,
            "public_rows": 4,
            "private_rows": 5,
            "created_at": MICROS,
        },
    ),
    ("teams", {"id": 1, "competition_id": 1, "kind": "student", "name": "=1+1", "created_at": MICROS}),
    ("team_members", {"id": 1, "team_id": 1, "competition_id": 1, "user_id": 1}),
    (
        "submissions",
        {
            "id": 1,
            "competition_id": 1,
            "team_id": 1,
            "submitted_by": 1,
            "received_at": MICROS,
            "course_day": "2030-03-17",
            "slot": 1,
            "state": "scored",
            "file_name": "a.csv",
            "sha256": HASH,
            "size": 10,
            "is_late": False,
            "is_final": True,
            "problems": "[]",
        },
    ),
    ("public_scores", {"submission_id": 1, "answer_key_id": 1, "score": 0.1, "sort_key": -0.1}),
    ("private_scores", {"submission_id": 1, "answer_key_id": 1, "score": 1e-300, "sort_key": -1e-300}),
    (
        "standings",
        {
            "team_id": 1,
            "competition_id": 1,
            "submission_id": 1,
            "score": 0.1,
            "sort_key": -0.1,
            "received_at": MICROS,
        },
    ),
    ("audit_entries", {"id": 1, "at": MICROS, "by": 1, "act": "x", "subject": "y", "details": '{"a": 1}'}),
]


@pytest.fixture(params=databases.KINDS)
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database as the release before this one left it, with a row in each table that matters."""
    kind = str(request.param)
    name = f"old_{tmp_path.name}_{os.getpid()}"
    url = f"sqlite:///{tmp_path}/old.db" if kind == "sqlite" else databases.empty_postgres(name)
    upgrade(url, OLD)
    with_rows(url)
    return url


def with_rows(url: str) -> None:
    """Put the rows in."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for table, row in ROWS:
            names = ", ".join(f'"{name}"' for name in row)
            values = ", ".join(f":{name}" for name in row)
            connection.execute(text(f"insert into {table} ({names}) values ({values})"), row)  # noqa: S608
    engine.dispose()


def contents(url: str) -> dict[str, list[Any]]:
    """The old columns of every old row, as they are now; JSON read."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return {table: read_back(connection, table, row) for table, row in ROWS}
    finally:
        engine.dispose()


def read_back(connection: Connection, table: str, row: dict[str, Any]) -> list[Any]:
    """The row's columns by name."""
    names = ", ".join(f'"{name}"' for name in row)
    values = connection.execute(text(f"select {names} from {table}")).one()  # noqa: S608
    return [plain(value) for value in values]


def plain(value: Any) -> Any:
    """A value as it was written: JSON read, a date as text."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        return json.loads(value)
    return str(value) if type(value).__name__ == "date" else value


def schema(url: str) -> dict[str, list[str]]:
    """Every table's columns, indexes and constraints by name."""
    engine = create_engine(url)
    look = inspect(engine)
    tables = {
        table: sorted(
            str(each.get("name"))
            for each in (
                *look.get_columns(table),
                *look.get_indexes(table),
                *look.get_foreign_keys(table),
                *look.get_check_constraints(table),
            )
        )
        for table in look.get_table_names()
    }
    engine.dispose()
    return tables


def run_until(url: str, statement: int) -> "subprocess.CompletedProcess[str]":
    """Upgrade in a process that dies by kill -9 right after that statement; 0 for one that lives."""
    command = [sys.executable, "-c", KILLED, url, str(statement)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


def test_an_upgrade_with_data_in_it_keeps_the_data_and_ends_where_the_models_are(old_url: str) -> None:
    before = contents(old_url)

    upgrade(old_url)

    assert contents(old_url) == before
    assert drift(old_url) == []
    engine = create_engine(old_url)
    with engine.connect() as connection:
        key = connection.execute(
            text("select metric, metric_arguments, higher_is_better from answer_keys")
        ).one()
        added = connection.execute(text("select team_size, unselected, archived_at from competitions")).one()
    engine.dispose()
    assert [plain(value) for value in key] == ["rmse", {"squared": True}, False]
    assert tuple(added) == (1, "best_public", None)


@pytest.mark.parametrize("steps", [2, pytest.param(24, marks=pytest.mark.long)])
def test_an_upgrade_killed_anywhere_leaves_the_old_schema_whole_and_can_be_repeated(
    old_url: str, steps: int
) -> None:
    old_schema, old_rows = schema(old_url), contents(old_url)
    scratch = run_until(copy_of(old_url), 0)
    total = int(scratch.stdout.split()[-1])

    states = []
    for statement in {max(1, step * total // steps) for step in range(steps + 1)}:
        dead = run_until(old_url, statement)
        states.append((dead.returncode, present(old_url), schema(old_url) == old_schema, contents(old_url)))
    upgrade(old_url)

    assert total > 50
    assert states == [(-signal.SIGKILL, OLD, True, old_rows)] * len(states)
    assert present(old_url) == newest()
    assert drift(old_url) == []
    assert contents(old_url) == old_rows


def copy_of(url: str) -> str:
    """Another database with the same contents, to be upgraded for its own sake."""
    if url.startswith("sqlite"):
        other = Path(url.removeprefix("sqlite:///")).with_name("copy.db")
        upgrade(f"sqlite:///{other}", OLD)
        return f"sqlite:///{other}"
    name = url.rsplit("/", 1)[-1].split("?")[0]
    return databases.empty_postgres(f"{name}_copy", template=name)


def test_two_servers_that_start_together_upgrade_once(old_url: str) -> None:
    command = [sys.executable, "-c", KILLED, old_url, "0"]
    both = [subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE, text=True) for _ in range(2)]

    ends = [(each.communicate()[1], each.returncode) for each in both]

    assert [code for _, code in ends] == [0, 0], ends
    assert drift(old_url) == []


def test_sqlite_is_copied_beside_itself_before_an_upgrade_and_only_then(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    upgrade(url, OLD)
    with_rows(url)
    rows = contents(url)

    upgrade(url)
    upgrade(url)

    backup = tmp_path / f"old.db.before-{newest()}"
    assert present(f"sqlite:///{backup}") == OLD
    assert contents(f"sqlite:///{backup}") == rows
    assert [path.name for path in tmp_path.glob("*before*")] == [backup.name]
