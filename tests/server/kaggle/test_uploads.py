"""Addresses that take one file: for an hour, by a secret, for one user and one competition, on any server."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from server.domain.competitions.starters import PublicFile
from server.domain.kaggle import uploads
from server.models import Competition, KaggleUpload, Submission
from server.services.kaggle import arrivals, bundles
from tests.support.installation import Installation, opened
from tests.support.kaggle import KaggleClient
from tests.support.tiny_homework import predictions

pytestmark = pytest.mark.both

GOOD, OTHER = predictions(400, accuracy=0.7, seed=1), predictions(400, accuracy=0.8, seed=2)


def started(client: KaggleClient, data: bytes = GOOD) -> dict[str, str]:
    """The address and the token of a file."""
    facts: dict[str, str] = client.start(len(data)).json()
    return facts


def how_many(installation: Installation, table: Any) -> int:
    return installation.db.read(lambda session: session.scalar(select(func.count()).select_from(table)) or 0)


def kept_bytes(installation: Installation) -> int:
    return sum(file.size for file in installation.context.store.stored())


@contextmanager
def second_server(installation: Installation) -> Iterator[Installation]:
    """Another process' parts over the same database and files, or the same after a restart."""
    url, folder = installation.db.url, installation.folder
    with opened(url, folder, installation.tokens) as other:
        other.clock.now = installation.clock.now
        yield other


def test_an_address_takes_one_file_and_the_same_again(installation: Installation) -> None:
    client, store = KaggleClient(installation, "student0"), installation.context.store
    address, before = started(client)["createUrl"], set(store.stored())

    statuses = [client.send(address, data).status_code for data in (GOOD, GOOD, OTHER)]

    assert statuses == [200, 200, 409]
    assert len(set(store.stored()) - before) == 1  # what was refused lies nowhere


def test_a_token_enters_one_submission_however_often_it_is_used(installation: Installation) -> None:
    client = KaggleClient(installation, "student0")
    facts = started(client)
    client.send(facts["createUrl"], GOOD)

    answers = [client.create(facts["token"]).json()["ref"] for _ in range(3)]

    assert answers == [1, 1, 1]
    assert how_many(installation, Submission) == 1


def test_an_address_ends_with_its_hour_and_its_file_is_removed(installation: Installation) -> None:
    client = KaggleClient(installation, "student0")
    sent, unsent, entered = started(client), started(client), started(client, OTHER)
    client.send(sent["createUrl"], GOOD)
    client.send(entered["createUrl"], OTHER)
    client.create(entered["token"])
    hashes = installation.db.read(
        lambda session: list(session.scalars(select(KaggleUpload.sha256).order_by(KaggleUpload.id)))
    )
    for sha256 in filter(None, hashes):
        os.utime(installation.context.store.path(sha256), (0, 0))
    installation.clock.advance(uploads.LASTS)

    assert client.send(unsent["createUrl"], GOOD).status_code == 404
    assert client.create(sent["token"]).status_code == 404
    assert arrivals.tidy(installation.context, now=installation.clock()) == 1
    assert how_many(installation, KaggleUpload) == 0
    exists = [installation.context.store.path(sha256).exists() for sha256 in filter(None, hashes)]
    assert exists == [False, True]  # what became a submission stays


def test_a_row_stays_until_its_file_can_be_removed(installation: Installation) -> None:
    client, store = KaggleClient(installation, "student0"), installation.context.store
    before = set(store.stored())
    client.send(started(client)["createUrl"], GOOD)
    installation.clock.advance(uploads.LASTS)

    assert arrivals.tidy(installation.context, now=installation.clock()) == 0  # it came just now
    (file,) = set(store.stored()) - before
    os.utime(store.path(file.sha256), (0, 0))
    assert arrivals.tidy(installation.context, now=installation.clock()) == 1
    assert set(store.stored()) == before


def test_a_file_that_did_not_reach_the_disk_comes_again(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = KaggleClient(installation, "student0")
    facts = started(client)
    with monkeypatch.context() as patch:
        patch.setattr(installation.context.store, "adopt", lambda *parts: 1 / 0)
        assert client.send(facts["createUrl"], GOOD).status_code == 500

    assert client.create(facts["token"]).status_code == 409
    assert client.send(facts["createUrl"], GOOD).status_code == 200
    assert client.create(facts["token"]).json()["ref"] == 1


def test_nobody_else_uses_what_has_come(installation: Installation) -> None:
    client, other = (KaggleClient(installation, name) for name in ("student0", "student1"))
    facts = started(client)
    client.send(facts["createUrl"], GOOD)

    assert other.create(facts["token"]).status_code == 404
    assert client.create(facts["token"], slug="tinny").status_code == 404
    assert client.create("sbu_guessed").status_code == 404
    assert client.send("/api/v1/kaggle/uploads?key=sbu_guessed", GOOD).status_code == 404
    assert client.create(started(client)["token"]).status_code == 409  # nothing has come to that one
    assert how_many(installation, Submission) == 0


def test_an_address_takes_no_more_than_the_competition(installation: Installation) -> None:
    client = KaggleClient(installation, "student0")
    installation.db.write(
        lambda session: session.execute(update(Competition).values(upload_limit_bytes=9000))
    )
    facts = started(client)

    def too_much() -> Iterator[bytes]:
        for _ in range(10):
            yield bytes(1000)

    answer = installation.client(None).put(facts["createUrl"], content=too_much())

    assert answer.status_code == 413
    assert installation.context.store.left_over(untouched_since=datetime(2100, 1, 1, tzinfo=UTC)) == []
    assert client.send(facts["createUrl"], b"").status_code == 422
    assert client.send(facts["createUrl"], GOOD).status_code == 200


def test_each_step_may_meet_another_server(installation: Installation) -> None:
    facts = started(KaggleClient(installation, "student0"))
    with second_server(installation) as other:
        assert KaggleClient(other, "student0").send(facts["createUrl"], GOOD).status_code == 200
    with second_server(installation) as third:
        assert KaggleClient(third, "student0").create(facts["token"]).json()["ref"] == 1


def test_the_secret_is_kept_nowhere_and_told_in_no_path(installation: Installation) -> None:
    facts = started(KaggleClient(installation, "student0"))

    row = installation.db.read(lambda session: session.scalars(select(KaggleUpload)).one())

    assert facts["token"] not in str(row.__dict__)
    assert facts["token"] not in facts["createUrl"].partition("?")[0]
    assert len(facts["token"]) > 40


def test_a_user_has_a_few_open_addresses_and_the_oldest_end_first(installation: Installation) -> None:
    client = KaggleClient(installation, "student0")
    facts = [started(client) for _ in range(uploads.OPEN_MOST + 1)]

    statuses = [client.send(each["createUrl"], GOOD).status_code for each in (facts[0], facts[1], facts[-1])]

    assert statuses == [404, 200, 200]


def test_files_that_nobody_enters_do_not_fill_the_disk(installation: Installation) -> None:
    client = KaggleClient(installation, "student0")
    files = [predictions(400, accuracy=0.7, seed=seed) for seed in range(uploads.OPEN_MOST + 2)]
    facts = [started(client, data) for data in files[: uploads.OPEN_MOST]]
    for each, data in zip(facts, files, strict=False):
        assert client.send(each["createUrl"], data).status_code == 200
    before = kept_bytes(installation)

    refused = client.start(len(files[-1]))
    assert (refused.status_code, refused.json()["code"]) == (409, 409)
    assert "5 files of yours" in refused.json()["message"]
    assert client.send(facts[0]["createUrl"], files[-1]).status_code == 409  # and what came in its place
    assert kept_bytes(installation) == before

    client.create(facts[0]["token"])
    assert client.create(facts[0]["token"]).json()["ref"] == 1  # a client that heard no answer asks again
    assert client.send(started(client, files[-1])["createUrl"], files[-1]).status_code == 200


def test_a_competition_has_a_few_zips_whatever_addresses_people_write(installation: Installation) -> None:
    context, of = installation.context, installation.competition()

    def zipped(content: bytes) -> bundles.Bundle:
        starter = PublicFile("starter.py", len(content), content.hex(), content)
        return bundles.bundle(context.settings, context.store, [starter], of=of, since=of.created_at)

    paths = [zipped(b"%d" % number).path for number in range(bundles.KEPT_MOST + 2)]

    assert [path.exists() for path in paths] == [False] * 2 + [True] * bundles.KEPT_MOST
    assert zipped(b"0").path == paths[0]


def test_a_zip_that_nobody_asks_for_is_removed_after_a_day(installation: Installation) -> None:
    client = KaggleClient(installation, "student0")
    address = client.call("DownloadDataFiles", competitionName="tiny").headers["location"]
    first = client.http.get(address)
    folder = installation.context.settings.data_dir / "kaggle"
    (path,) = folder.iterdir()

    assert bundles.tidy(installation.context.settings) == 0
    os.utime(path, (0, 0))
    assert client.http.get(address).content == first.content
    assert bundles.tidy(installation.context.settings) == 0
    os.utime(path, (0, 0))
    assert bundles.tidy(installation.context.settings) == 1
    installation.clock.advance(timedelta(days=1))
    again = client.http.get(address)
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
