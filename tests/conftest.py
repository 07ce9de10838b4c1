"""What all tests share: the two databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import databases
from tests.support.installation import Installation, installed


@pytest.fixture(params=databases.KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated, empty database of each kind."""
    return databases.fresh(request.param, tmp_path)


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """One course with one open competition, in this process, on each kind of database."""
    with installed(database_url, tmp_path) as made:
        yield made
