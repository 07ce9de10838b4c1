"""Tidying up: files that nothing refers to go, and no other."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import String

from server.domain.files import file_uses
from server.models import Base
from server.services.privacy import erasure
from server.services.uploads.left_behind import sweep
from tests.support.installation import Installation
from tests.support.person import furnish_person

pytestmark = pytest.mark.both


@pytest.fixture
def known(installation: Installation) -> Installation:
    """An installation that knows a person well."""
    furnish_person(installation)
    return installation


def test_tidying_removes_orphans_alone_and_only_old_ones(known: Installation, tmp_path: Path) -> None:
    store = known.context.store
    orphan, fresh = store.put(b"nobody's"), store.put(b"somebody's soon")
    (store.root / "incoming" / "left").write_bytes(b"half a file")
    for path in (store.path(orphan.sha256), store.root / "incoming" / "left"):
        os.utime(path, (0, 0))
    before = {file.sha256 for file in store.stored()}

    litter = erasure.litter(known.db, store, older_than=timedelta(minutes=5))
    removed = erasure.tidy(store, litter.orphans, older_than=timedelta(minutes=5))

    assert [file.sha256 for file in litter.orphans] == [orphan.sha256]
    assert (litter.leftovers, removed) == (1, 2)
    assert {file.sha256 for file in store.stored()} == before - {orphan.sha256}
    assert store.path(fresh.sha256).exists()
    assert sweep(known.context, older_than=timedelta()) == 0
    assert known.client("student1").get("/api/competitions/tiny/files/test.csv").status_code == 200


def test_a_file_that_is_kept_again_meanwhile_is_not_removed(known: Installation) -> None:
    store = known.context.store
    orphan = store.put(b"wanted again")
    os.utime(store.path(orphan.sha256), (0, 0))
    litter = erasure.litter(known.db, store, older_than=timedelta(minutes=5))

    store.put(b"wanted again")
    removed = erasure.tidy(store, litter.orphans, older_than=timedelta(minutes=5))

    assert (len(litter.orphans), removed) == (1, 0)
    assert store.read(orphan.sha256) == b"wanted again"


def test_every_column_with_a_hash_is_known_to_tidying() -> None:
    hashes = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String) and column.type.length == 64 and "token" not in column.name
    }
    of_files = {f"{column.class_.__tablename__}.{column.key}" for column in file_uses.COLUMNS}
    no_files = {"api_tokens.sha256", "web_sessions.sha256", "competitions.commitment", "private_salts.salt"}

    # A hash that is new here: of a stored file, which tidying must then leave, or of something else?
    assert hashes - no_files == of_files | {"submissions.sha256"}
