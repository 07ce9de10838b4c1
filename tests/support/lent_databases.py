"""Databases of the run's PostgreSQL that one test after the other uses, each as new.

A copy of a template is some six hundred files, and takes as long as most tests. So a database that a test has
left is emptied and filled with the template's rows again, which takes a twentieth of that. One that is still
in use, or whose tables a test has changed, is used no more.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy.engine import make_url

# The tables of the server that have a page on the disk: those that rows came into.
USED_TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
"""
COUNTERS = "SELECT sequencename, coalesce(last_value, 1), last_value IS NOT NULL FROM pg_sequences"
SET_COUNTER = SQL("SELECT setval(quote_ident({})::regclass, {}, {})")
OTHERS_HERE = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
# What tells one schema from another: its columns, constraints, triggers, functions and defaults.
SCHEMA = """
    SELECT (SELECT md5(string_agg(concat_ws(' ', attrelid, attname, atttypid, attnotnull, attisdropped), ','
                                  ORDER BY attrelid, attnum))
            FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE relnamespace = 'public'::regnamespace),
           (SELECT md5(string_agg(oid::text, ',' ORDER BY oid)) FROM pg_constraint),
           (SELECT md5(string_agg(concat_ws(' ', oid, tgenabled), ',' ORDER BY oid)) FROM pg_trigger),
           (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_namespace),
           (SELECT count(*) FROM pg_attrdef)
"""


@dataclass(frozen=True)
class Content:
    """What a template holds: its schema, the rows of each table as PostgreSQL copies them, the counters."""

    schema: tuple[object, ...] | None
    rows: dict[str, bytes]
    counters: list[tuple[object, ...]]


_free: defaultdict[str, list[str]] = defaultdict(list)  # the addresses to lend, by template
_contents: dict[str, Content] = {}


@contextmanager
def lent(template: str, copy: Callable[[], str]) -> Iterator[str]:
    """The address of a database like the template, until the end of the block; `copy` makes one more."""
    url = _free[template].pop() if _free[template] else _first_use(template, copy())
    yield url
    if _is_restored(url, _contents[template]):
        _free[template].append(url)


def _first_use(template: str, url: str) -> str:
    """The address of a new copy; the first one of a process is read."""
    if template not in _contents:
        with _connected(url) as connection:
            _contents[template] = _content(connection)
    return url


def _connected(url: str) -> psycopg.Connection:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True)


def _content(connection: psycopg.Connection) -> Content:
    rows = {}
    for (table,) in connection.execute(USED_TABLES).fetchall():
        with connection.cursor().copy(SQL("COPY {} TO STDOUT").format(Identifier(table))) as lines:
            rows[table] = b"".join(bytes(line) for line in lines)
    schema = connection.execute(SCHEMA).fetchone()
    return Content(schema, rows, connection.execute(COUNTERS).fetchall())


def _is_restored(url: str, content: Content) -> bool:
    """Whether the database is as the template again; not where somebody is in it, or the schema changed."""
    with _connected(url) as connection:
        others = connection.execute(OTHERS_HERE).fetchone()
        if others != (0,) or connection.execute(SCHEMA).fetchone() != content.schema:
            return False
        connection.execute("SET session_replication_role = replica")  # no trigger, and rows in any order
        used = [Identifier(table) for (table,) in connection.execute(USED_TABLES).fetchall()]
        connection.execute(SQL("; ").join(SQL("DELETE FROM {}").format(table) for table in used))
        connection.execute(
            SQL("VACUUM {}").format(SQL(", ").join(used))
        )  # so that new rows lie in their order
        for name, lines in content.rows.items():
            with connection.cursor().copy(SQL("COPY {} FROM STDIN").format(Identifier(name))) as copy:
                copy.write(lines)
        connection.execute(
            SQL("; ").join(SET_COUNTER.format(*map(Literal, each)) for each in content.counters)
        )
    return True
