"""What predictions were made by: the notebook or script that runs, and the commit that it stands in."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from client.api.types.origins import Origin

SECONDS = 5.0  # for Git, which waits long for a folder of a network


def origin_here() -> Origin:
    """The code of this process, and the commit of its folder; what cannot be known is empty."""
    path = _notebook() or _script()
    if path is not None:
        name, sha256 = path.name, hashlib.sha256(path.read_bytes()).hexdigest()
    else:
        name, sha256 = "", _hash_of_cells()
    return Origin(name=name, sha256=sha256, commit=commit_of(path.parent if path else Path()))


def commit_of(folder: Path) -> str:
    """The commit that a folder is checked out at, with a plus where its files differ; "" outside of Git."""
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if not commit:
        return ""
    return commit + ("+" if _git(folder, "status", "--porcelain", "--untracked-files=no") else "")


def _git(folder: Path, *words: str) -> str:
    try:
        ended = subprocess.run(
            ["git", *words],  # noqa: S607  # the one on the PATH, as a student's shell finds it
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout.strip() if ended.returncode == 0 else ""


def _notebook() -> Path | None:
    """The file of the notebook, where its editor tells: Jupyter by a variable, VS Code among the names."""
    names = _names_of_kernel()
    file = names.get("__vsc_ipynb_file__") or (os.environ.get("JPY_SESSION_NAME") if names else None)
    path = Path(str(file)) if file else None
    return path if path is not None and path.is_file() else None


def _script() -> Path | None:
    """The file that Python was started with; a kernel's own is none of the student's."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if not file or _names_of_kernel() or Path(file).name == "splitboard":
        return None
    path = Path(file)
    return path if path.suffix == ".py" and path.is_file() and path.name != "__main__.py" else None


def _hash_of_cells() -> str:
    """The SHA-256 of the cells that have run so far, where a notebook tells no file, as on Colab."""
    cells = _names_of_kernel().get("In")
    if not isinstance(cells, list):
        return ""
    return hashlib.sha256("\n\n".join(map(str, cells)).encode()).hexdigest()


def _names_of_kernel() -> dict[str, object]:
    """The variables of the notebook that this process runs; empty outside of one."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "user_ns", None) or {}
