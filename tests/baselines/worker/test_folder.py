"""A worker that shares its machine trusts no folder that another account could have filled."""

import os
from pathlib import Path

import pytest

from baselines.worker.folder import FolderOfOthers, default_folder, require_own_folder


def test_a_workers_folder_lies_below_the_cache_of_its_account() -> None:
    assert default_folder({}) == Path.home() / ".cache/splitboard/worker"
    assert default_folder({"XDG_CACHE_HOME": "/caches"}) == Path("/caches/splitboard/worker")
    assert default_folder({"XDG_CACHE_HOME": "relative"}) == Path.home() / ".cache/splitboard/worker"


def test_a_new_folder_is_its_accounts_alone(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "worker"

    require_own_folder(folder)

    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "worker"
    folder.mkdir()
    folder.chmod(mode)

    with pytest.raises(FolderOfOthers, match=r"can be written by others \(mode 0[0-7]{3}\)"):
        require_own_folder(folder)


def test_a_folder_that_others_may_replace_is_refused(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)

    with pytest.raises(FolderOfOthers, match="can be replaced by others"):
        require_own_folder(shared / "worker")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_account_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "worker"
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)

    with pytest.raises(FolderOfOthers, match="belongs to the account with the number 65534"):
        require_own_folder(folder)
