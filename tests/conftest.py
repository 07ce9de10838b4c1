"""What all tests share: the run's folder and the two databases."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from languages.compiling import compile_all
from tests.support import databases, disk, shared
from tests.support.installation import Installation, installed


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's folder before the other test processes start, which then find it."""
    os.environ["SPLITBOARD_LANGUAGE"] = "en"  # whatever the language of the machine that tests
    if not hasattr(config, "workerinput"):
        compile_all()  # the first process, for all
    shared.folder()
    databases.compile_statements_once()
    disk.never_wait()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that wants a database on SQLite, and one that is marked `both` on PostgreSQL as well.

    `both(later="postgresql")` leaves that database to the long proofs.
    """
    if "database_kind" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("both")
        kinds = databases.KINDS if mark else databases.KINDS[:1]
        later = mark.kwargs.get("later") if mark else None
        metafunc.parametrize(
            "database_kind",
            [pytest.param(kind, marks=pytest.mark.long if kind == later else ()) for kind in kinds],
        )


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path) -> str:
    """A migrated, empty database."""
    return databases.fresh(database_kind, tmp_path)


@pytest.fixture
def installation(database_kind: str, tmp_path: Path) -> Iterator[Installation]:
    """One course with one open competition, in this process."""
    with installed(database_kind, tmp_path) as open_course:
        yield open_course
