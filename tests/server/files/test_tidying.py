"""Tidying up: files that nothing refers to go, and no other."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import String

from server.domain.files import file_uses
from server.models import Base, SubmissionState
from server.services.privacy import erasure
from server.services.uploads.left_behind import sweep
from tests.support.installation import Installation
from tests.support.person import age_files, furnish_person

pytestmark = pytest.mark.both


@pytest.fixture
def known(installation: Installation) -> Installation:
    """An installation that knows a person well."""
    furnish_person(installation)
    return installation


def test_tidying_removes_orphans_alone_and_only_old_ones(known: Installation, tmp_path: Path) -> None:
    store = known.context.store
    orphan, fresh = store.put(b"nobody's"), store.put(b"somebody's soon")
    (store._incoming / "left").write_bytes(b"half a file")
    for path in (store.path(orphan.sha256), store._incoming / "left"):
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


def test_of_files_without_a_score_the_last_ones_of_each_team_are_kept(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_uses, "UNSCORED_KEPT", 2)
    contents = [f"wrong {number}\n".encode() for number in range(4)]
    hashes = [installation.submit("student0", data).sha256 for data in contents]
    installation.submit("student1", contents[1])
    scored = installation.submit_accuracy("student0", 0.6, 1).sha256
    assert erasure.drop_unscored(installation.db, installation.context.store) == 0  # all came just now
    age_files(installation)

    litter = erasure.litter(installation.db, installation.context.store, older_than=timedelta(minutes=5))
    removed = erasure.drop_unscored(installation.db, installation.context.store)

    stored = {file.sha256 for file in installation.context.store.stored()}
    assert [file.sha256 for file in litter.orphans] == [hashes[0]]
    assert removed == 1
    assert hashes[0] not in stored
    assert {*hashes[1:], scored} <= stored
    assert installation.submit("student0", contents[0]).state is SubmissionState.INVALID


def test_a_teams_files_without_a_score_are_bounded_in_bytes_but_for_the_last(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_uses, "UNSCORED_BYTES", 30)
    hashes = [installation.submit("student0", b"x" * size).sha256 for size in (5, 20, 11, 60)]

    dropped = installation.db.read(file_uses.dropped)
    installation.submit("student0", b"y" * 15)

    assert dropped == set(hashes[:3])
    assert installation.db.read(file_uses.dropped) == set(hashes)


def test_every_column_with_a_hash_is_known_to_tidying() -> None:
    hashes = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String) and column.type.length == 64 and "token" not in column.name
    }
    of_files = {f"{column.class_.__tablename__}.{column.key}" for column in file_uses.COLUMNS}
    no_files = {
        *("api_tokens.sha256", "web_sessions.sha256", "web_sessions.network", "password_links.sha256"),
        *("recovery_codes.sealed", "half_sign_ins.sha256"),
        *("identity_offers.sha256", "sign_on_tickets.state_sha256", "sign_on_tickets.browser_sha256"),
        *(
            "competitions.commitment",
            "private_salts.salt",
            "kaggle_uploads.secret_sha256",
            "address_changes.sha256",
        ),
    }

    # A hash that is new here: of a stored file, which tidying must then leave, or of something else?
    assert hashes - no_files == of_files | {"submissions.sha256", "code_versions.sha256"}
