"""An installation with an admin and nothing else, as `user add root --admin` leaves it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.installation import Installation, new_user, opened
from tests.support.tiny_homework import NOW


@contextmanager
def empty_installation(url: str, folder: Path) -> Iterator[Installation]:
    """The installation over a migrated, empty database; its files lie in `folder`."""
    with opened(url, folder, {}) as installation:
        installation.db.write(lambda session: new_user(session, "root", now=NOW, is_admin=True))
        yield installation
