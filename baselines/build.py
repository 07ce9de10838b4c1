"""Build a homework's data: public/ for everyone, with starter code, and private/ for the server alone."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from threadpoolctl import threadpool_limits

from baselines.homework import Homework, HomeworkError, load_script
from baselines.starter import write_starters

SAMPLE = Path("public", "sample_submission.csv")
KEY = Path("private", "answer_key.csv")
OWNER_ALONE = 0o700  # the folder of the answers, on a machine that several people use


def build_homework(homework: Homework, out: Path) -> None:
    """Write out/public and out/private with the seed for demonstrations, which all can read in data.py."""
    _build(homework, out, lambda script, folder: script.build(folder))


def build_homework_with_seed(homework: Homework, out: Path, *, seed: int) -> None:
    """Write out/public and out/private with a seed of your own; who knows it can make the key again."""
    _build(homework, out, lambda script, folder: script.build(folder, seed=seed))


def build_homework_from(homework: Homework, out: Path, *, source: Path, seed: int) -> None:
    """Write out/public and out/private from the real homework's files in `source`; the seed draws the split.

    Raises SourceProblems when the files are not as they should be, HomeworkError when data.py takes none.
    """
    if not source.is_dir():
        raise HomeworkError(homework.folder, [f"There is no folder {source} to build it from."])

    def from_source(script: ModuleType, folder: Path) -> None:
        if not hasattr(script, "build_from"):
            raise HomeworkError(homework.folder, ["It makes its own data and takes none; NOTES.md says why."])
        script.build_from(source.resolve(), folder, seed=seed)

    _build(homework, out, from_source)


def _build(homework: Homework, out: Path, make: Callable[[ModuleType, Path], None]) -> None:
    """Build inside `out` and move both folders into place, so that an interrupted build leaves the old ones.

    With one thread for matrices: the order of their sums, and so the last digits of a seed's data, depend on
    how many there are.
    Raises HomeworkError when data.py did not write the sample and the answer key.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".building-") as folder:
        with threadpool_limits(1):
            make(load_script(homework.folder / "data.py"), Path(folder))
        missing = [str(path) for path in (SAMPLE, KEY) if not (Path(folder) / path).is_file()]
        if missing:
            raise HomeworkError(homework.folder, [f"data.py did not write {' and '.join(missing)}."])
        write_starters(homework, Path(folder, "public"))
        for name in ("public", "private"):
            if (out / name).exists():
                (out / name).rename(Path(folder) / f"old-{name}")
            shutil.move(Path(folder) / name, out / name)
        (out / KEY.parent).chmod(OWNER_ALONE)
