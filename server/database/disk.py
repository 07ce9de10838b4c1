"""Whether an error says that the disk is full: the system's own, SQLite's or PostgreSQL's."""

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError

SQLITE_SAYS = (
    "disk is full",
    "filled the disk",
)  # its own words, and those of `group_commit.py` for the next
FAULTS = (OperationalError, sqlite3.OperationalError)  # what a database raises that cannot do as it is told
POSTGRESQL_SAYS = "53100"  # its SQLSTATE; an installation with SQLite does without its driver
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def is_disk_full(error: BaseException) -> bool:
    """Whether the disk, or what a quota leaves of it, is full."""
    if isinstance(error, DBAPIError):
        return error.orig is not None and is_disk_full(error.orig)
    if isinstance(error, sqlite3.OperationalError):
        return any(words in str(error) for words in SQLITE_SAYS)
    if isinstance(error, OSError):
        return error.errno in NO_ROOM
    return getattr(error, "sqlstate", None) == POSTGRESQL_SAYS
