"""What an installation writes belongs to its owner alone, whatever the umask of who starts it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.app import create_app
from server.commands.terminal import open_database, settings_for
from server.domain.errors import Invalid
from server.domain.files import owner_only
from server.domain.files.file_store import FileStore
from server.settings import Settings


@pytest.fixture(autouse=True)
def generous_umask() -> Iterator[None]:
    """The umask of most machines, under which others may read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    """Whatever in this folder, itself included, others may read, write or enter."""
    everything = [folder, *folder.rglob("*")]
    return [str(path) for path in everything if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_a_command_leaves_nothing_that_others_may_read(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data")
    with open_database(settings):
        FileStore(settings.files_dir).put(b"id,label,Usage\n")

    assert open_to_others(tmp_path / "data") == []


def test_a_server_closes_a_folder_that_an_earlier_version_left_open(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "built").mkdir(parents=True)
    folder.chmod(0o755)

    app = create_app(Settings(data_dir=folder))
    FileStore(folder / "files").put(b"id,label,Usage\n")
    app.state.context.close()
    app.state.db.close()

    assert open_to_others(folder / "files") == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_an_open_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o755)

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(owner_only.Path, "chmod", refuse)

    with pytest.raises(Invalid, match="belongs to another account"):
        owner_only.close_to_others(folder)
