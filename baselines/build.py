"""Build a homework's data: public/ for everyone and private/ for the server alone."""

import shutil
import tempfile
from pathlib import Path

from baselines.homework import Homework, HomeworkError, load_script

SAMPLE = Path("public", "sample_submission.csv")
KEY = Path("private", "answer_key.csv")


def build_homework(homework: Homework, out: Path) -> None:
    """Write out/public and out/private with the seed for demonstrations, which all can read in data.py."""
    _build(homework, out, options={})


def build_homework_with_seed(homework: Homework, out: Path, *, seed: int) -> None:
    """Write out/public and out/private with a seed of your own; who knows it can make the key again."""
    _build(homework, out, options={"seed": seed})


def _build(homework: Homework, out: Path, *, options: dict[str, int]) -> None:
    """Build inside `out` and move both folders into place, so that an interrupted build leaves the old ones.

    Raises HomeworkError when data.py did not write the sample and the answer key.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".building-") as fresh:
        load_script(homework.folder / "data.py").build(Path(fresh), **options)
        missing = [str(path) for path in (SAMPLE, KEY) if not (Path(fresh) / path).is_file()]
        if missing:
            raise HomeworkError(homework.folder, [f"data.py did not write {' and '.join(missing)}."])
        for name in ("public", "private"):
            if (out / name).exists():
                (out / name).rename(Path(fresh) / f"old-{name}")
            shutil.move(Path(fresh) / name, out / name)
