"""What predictions were made by: the commit of a folder, the notebook as far as its editor tells."""

import hashlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from client import origins


def git(folder: Path, *words: str) -> str:
    settings = ("-c", "user.name=a", "-c", "user.email=a@example.edu", "-c", "commit.gpgsign=false")
    ended = subprocess.run(
        ["git", *settings, *words], cwd=folder, capture_output=True, encoding="utf-8", check=True
    )
    return ended.stdout.strip()


def test_a_commit_has_a_plus_where_files_differ(tmp_path: Path) -> None:
    assert origins.commit_of(tmp_path) == ""

    git(tmp_path, "init", "--quiet")
    assert origins.commit_of(tmp_path) == ""

    (tmp_path / "train.py").write_text("1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert origins.commit_of(tmp_path) == commit

    (tmp_path / "train.py").write_text("2\n")
    (tmp_path / "data.csv").write_text("not tracked\n")
    assert origins.commit_of(tmp_path) == f"{commit}+"


def test_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert origins.commit_of(tmp_path) == ""


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The variables of a notebook that this process runs."""
    names: dict[str, object] = {"In": ["", "import pandas", "predict()"]}
    shell: Any = ModuleType("IPython")
    shell.get_ipython = lambda: SimpleNamespace(user_ns=names)
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    return names


@pytest.mark.parametrize("editor", ["jupyter", "vs code"])
def test_a_notebook_is_known_by_its_file_where_its_editor_tells(
    names: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, editor: str
) -> None:
    notebook = tmp_path / "train.ipynb"
    notebook.write_bytes(b"{}")
    if editor == "jupyter":
        monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    else:
        names["__vsc_ipynb_file__"] = str(notebook)

    origin = origins.origin_here()

    assert (origin.name, origin.sha256) == ("train.ipynb", hashlib.sha256(b"{}").hexdigest())


def test_a_notebook_without_a_file_is_known_by_its_cells(names: dict[str, object]) -> None:
    first = origins.origin_here()
    names["In"] = ["", "import pandas", "predict()"]
    same = origins.origin_here()
    names["In"] = ["", "predict()"]

    assert first.name == ""
    assert len(first.sha256) == 64
    assert first.sha256 == same.sha256 != origins.origin_here().sha256


def test_a_module_that_is_no_script_of_a_person_is_not_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("__main__.py", "splitboard", "gone.py"):
        monkeypatch.setattr(sys.modules["__main__"], "__file__", str(tmp_path / name), raising=False)
        if name != "gone.py":
            (tmp_path / name).write_text("")

        assert origins.origin_here().name == ""
