"""The answer keys in a process' memory: one is prepared once, and nobody waits for another's."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from grader.errors import InvalidAnswerKey
from grader.spec import GradingSpec
from server.domain.files.file_store import FileStore
from server.domain.grading.grading_key import GradingKey
from server.services.grading.answer_keys import KEPT_KEYS, AnswerKeys

SPEC = GradingSpec(metric="accuracy", id_column="id", target_columns=("label",))
PATIENCE = 30.0  # seconds until a test gives up; none waits for so long unless it fails


class SlowStore(FileStore):
    """A store that hands out one of its files only when it is told to, and counts what is read."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.slow = ""
        self.is_asked, self.may_go_on = Event(), Event()
        self.reads: list[str] = []

    def read(self, sha256: str) -> bytes:
        """The file's bytes, late where that was asked for."""
        self.reads.append(sha256)
        if sha256 == self.slow:
            self.is_asked.set()
            assert self.may_go_on.wait(PATIENCE)
        return super().read(sha256)


@pytest.fixture
def store(tmp_path: Path) -> SlowStore:
    return SlowStore(tmp_path)


@pytest.fixture
def keys(store: SlowStore) -> Iterator[AnswerKeys]:
    prepared = AnswerKeys(store)
    yield prepared
    prepared.close()


def add_key(store: FileStore, number: int) -> GradingKey:
    """A key of two rows in the store, one of each split."""
    data = f"id,label,Usage\n{number},a,Public\nx{number},b,Private\n".encode()
    return GradingKey(number, store.put(data).sha256, SPEC, higher_is_better=True)


def test_a_key_that_is_slow_to_prepare_stops_nobody_else(store: SlowStore, keys: AnswerKeys) -> None:
    slow, quick = add_key(store, 1), add_key(store, 2)
    store.slow = slow.sha256

    with ThreadPoolExecutor(2) as threads:
        waiting = threads.submit(keys.get, slow)
        assert store.is_asked.wait(PATIENCE)
        rows = threads.submit(keys.get, quick).result(PATIENCE).rows
        was_waiting = not waiting.done()
        store.may_go_on.set()

        assert rows == 2
        assert was_waiting
        assert waiting.result(PATIENCE).rows == 2


def test_those_who_want_the_same_key_at_once_share_one_preparation(
    store: SlowStore, keys: AnswerKeys
) -> None:
    key = add_key(store, 1)
    store.slow = key.sha256

    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(keys.get, key) for _ in range(4)]
        assert store.is_asked.wait(PATIENCE)
        store.may_go_on.set()
        prepared = [each.result(PATIENCE) for each in waiting]

    assert store.reads == [key.sha256]
    assert all(each is prepared[0] for each in prepared)


def test_a_key_that_cannot_be_read_is_tried_again(store: SlowStore, keys: AnswerKeys) -> None:
    key = add_key(store, 1)
    whole = store.path(key.sha256).read_bytes()
    store.path(key.sha256).write_bytes(b"id,label\n")
    with pytest.raises(InvalidAnswerKey):
        keys.get(key)
    store.path(key.sha256).write_bytes(whole)

    assert keys.get(key).rows == 2


def test_the_key_that_was_longest_unused_is_given_up(store: SlowStore, keys: AnswerKeys) -> None:
    first, *others = [add_key(store, number) for number in range(KEPT_KEYS + 1)]
    for each in (first, *others[:-1], first, others[-1]):
        keys.get(each)
    store.reads.clear()

    keys.get(first)
    keys.get(others[0])

    assert store.reads == [others[0].sha256]
