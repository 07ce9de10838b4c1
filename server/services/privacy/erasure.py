"""The whole way of an erasure, and of tidying up: rows first, committed; then files that nothing refers to.

A server that dies in between leaves files without a use, which the next tidying removes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.clock import utc_now
from server.database.database import Database
from server.domain.audit.actor import Actor
from server.domain.files import file_uses
from server.domain.files.file_store import FileStore, StoredFile
from server.domain.integrity.report_files import IntegrityFiles
from server.domain.privacy import erasure
from server.domain.privacy.erasure import ErasedPerson
from server.models import User

FRESH = timedelta(minutes=2)  # a file that was kept so recently may have a row on the way


@dataclass(frozen=True)
class ErasureResult:
    """An erasure that is done: files removed, and those kept so recently that tidying must remove them."""

    erased: ErasedPerson
    removed: int
    left: int


@dataclass(frozen=True)
class Litter:
    """Files that nothing refers to, and leftovers of writers that died."""

    orphans: tuple[StoredFile, ...]
    leftovers: int
    size: int


def erase(
    db: Database, store: FileStore, *, user: User, reason: str, by: Actor, now: datetime
) -> ErasureResult:
    """Delete the person's data and their files. Raises what `erasure.erase` raises."""
    erased = db.write(
        lambda session: erasure.erase(session, user=user, reason=reason, by=by, now=now), private=True
    )
    removed = sum(_removed(store, sha256, since=utc_now() - FRESH) for sha256 in erased.files)
    remaining = sum(store.path(sha256).exists() for sha256 in erased.files)
    return ErasureResult(erased, removed, remaining)


def litter(db: Database, store: FileStore, *, older_than: timedelta) -> Litter:
    """What tidying would remove: files without a use and leftovers, untouched for so long at least."""
    since = utc_now() - older_than
    stored = [file for file in store.stored() if not store.is_touched(file.sha256, since=since)]
    used = db.read(lambda session: file_uses.in_use(session, (file.sha256 for file in stored)), private=True)
    orphans = tuple(
        sorted((file for file in stored if file.sha256 not in used), key=lambda file: file.sha256)
    )
    leftovers = store.left_over(untouched_since=since)
    size = sum(file.size for file in orphans) + sum(path.stat().st_size for path in leftovers)
    return Litter(orphans, len(leftovers), size)


def drop_unscored(db: Database, store: FileStore) -> int:
    """Remove the files without a score beyond those that are kept of each team; how many.

    One that was sent within the last two minutes is left to the next time.
    """
    dropped = {sha256 for sha256 in db.read(file_uses.dropped) if store.path(sha256).exists()}
    if not dropped:
        return 0
    used = db.read(lambda session: file_uses.in_use(session, dropped), private=True)
    since = utc_now() - FRESH
    return sum(_removed(store, sha256, since=since) for sha256 in sorted(dropped - used))


def tidy(store: FileStore, orphans: Sequence[StoredFile], *, older_than: timedelta) -> int:
    """Remove these files and the leftovers; how many. What was kept again since the look is left."""
    since = utc_now() - older_than
    removed = sum(_removed(store, file.sha256, since=since) for file in orphans)
    for path in store.left_over(untouched_since=since):
        path.unlink(missing_ok=True)
        removed += 1
    return removed


def _removed(store: FileStore, sha256: str, *, since: datetime) -> bool:
    """Whether the file is removed, with what was made of it to compare it with others."""
    if not store.remove(sha256, untouched_since=since):
        return False
    IntegrityFiles(store.root).forget(sha256)
    return True
