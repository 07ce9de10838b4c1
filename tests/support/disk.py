"""What the test processes ask of the disk: that it holds what they write, and not that it outlives a crash.

What a crash of the machine would leave behind is no subject of these tests. Servers and workers that a test
starts as processes of their own wait for the disk as they always do.
"""

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from server.domain.files.file_store import FileStore

SETTLED = "is_settled"


def never_wait() -> None:
    """Let this process go on before the disk has what it wrote, and make no folder that stays empty."""
    os.fsync = lambda fd: None
    event.listen(Engine, "checkout", _let_go_on)
    _make_folders_when_needed()


def _let_go_on(driver: Any, record: Any, proxy: object) -> None:
    """Tell a connection to SQLite once, after the server has told it its own settings."""
    if SETTLED not in record.info:
        record.info[SETTLED] = True
        if hasattr(driver, "create_function"):  # SQLite's, whose file waits for the disk at each commit
            driver.execute("PRAGMA synchronous=OFF")


def _make_folders_when_needed() -> None:
    """A store makes its 256 folders at its start, and a test's store then uses a few of them.

    One in a process of its own, on the same files, makes all: it looks for `incoming`, which is not here.
    """
    write, adopt = FileStore._write, FileStore.adopt

    def begin(store: FileStore, root: Path) -> None:
        store.root, store._incoming = root, root / "arriving"
        store._incoming.mkdir(parents=True, exist_ok=True)

    def write_in_folder(store: FileStore, data: bytes, target: Path) -> None:
        target.parent.mkdir(exist_ok=True)
        write(store, data, target)

    def adopt_in_folder(store: FileStore, path: Path, sha256: str) -> None:
        store.path(sha256).parent.mkdir(exist_ok=True)
        adopt(store, path, sha256)

    replaced: Any = FileStore
    replaced.__init__, replaced._write, replaced.adopt = begin, write_in_folder, adopt_in_folder
