"""What all tests share: the run's folder and the two databases."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from languages.compiling import compile_all
from tests.support import shared

if TYPE_CHECKING:
    from tests.support.installation import Installation


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's folder before the other test processes start, which then find it.

    The first one runs no test where there are others: they wait for it, so it does not load the server.
    """
    os.environ["SPLITBOARD_LANGUAGE"] = "en"  # whatever the language of the machine that tests
    if not hasattr(config, "workerinput"):
        compile_all()  # the first process, for all
    shared.folder()
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        from tests.support import databases, disk  # noqa: PLC0415 - the server, in seconds

        databases.compile_statements_once()
        disk.never_wait()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that wants a database on SQLite, and one that is marked `both` on PostgreSQL as well.

    `both(later="postgresql")` leaves that database to the long proofs.
    """
    if "database_kind" in metafunc.fixturenames:
        from tests.support import databases  # noqa: PLC0415

        mark = metafunc.definition.get_closest_marker("both")
        kinds = databases.KINDS if mark else databases.KINDS[:1]
        later = mark.kwargs.get("later") if mark else None
        metafunc.parametrize(
            "database_kind",
            [pytest.param(kind, marks=pytest.mark.long if kind == later else ()) for kind in kinds],
        )


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database."""
    from tests.support import databases  # noqa: PLC0415

    with databases.lent_migrated(database_kind, tmp_path) as url:
        yield url


@pytest.fixture
def installation(database_kind: str, tmp_path: Path) -> "Iterator[Installation]":
    """One course with one open competition, in this process."""
    from tests.support.installation import installed  # noqa: PLC0415

    with installed(database_kind, tmp_path) as open_course:
        yield open_course
