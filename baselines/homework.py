"""A homework folder, read and checked: its competition.toml as values, its scripts as modules.

The server reads the same file by grader/homeworks/homework_file.py, too, and never imports this package.
"""

import importlib.util
import re
import sys
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from grader.custom_metrics.metric import FILE
from grader.errors import BadHomeworkFile
from grader.homeworks.homework_file import HOMEWORK_FILE, HomeworkTier, read_homework_file
from grader.homeworks.rules import TierName
from grader.parted_text import PartedTitle
from grader.spec import GradingSpec

HOMEWORKS = Path(__file__).parent / "homeworks"
SHARED_MODULE = "shared"  # of a homework's folder: what its tiers have in common
TIERS = tuple(name.value for name in TierName)  # from the easiest to the hardest
SCRIPTS = ("description.md", "data.py", *(f"{name}.py" for name in TIERS))


class HomeworkError(Exception):
    """A homework folder cannot be used; every problem is in its sentence."""

    def __init__(self, folder: Path, problems: list[str]) -> None:
        super().__init__(f"{folder.name} cannot be used: {' '.join(problems)}")
        self.folder = folder
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Homework:
    """A homework folder whose competition.toml can be used and whose scripts exist."""

    folder: Path
    title: str
    metric: str
    id_column: str
    target_columns: tuple[str, ...]
    spec: GradingSpec
    tiers: tuple[HomeworkTier, ...]

    @property
    def name(self) -> str:
        """The folder's name, such as hw01_covid."""
        return self.folder.name

    def tier(self, name: str) -> HomeworkTier:
        """The tier of this name; raises HomeworkError when there is none."""
        for tier in self.tiers:
            if tier.name == name:
                return tier
        known = ", ".join(tier.name for tier in self.tiers)
        raise HomeworkError(self.folder, [f"There is no tier '{name}'; there are: {known}."])


def homework_named(name: str, *, root: Path = HOMEWORKS) -> Homework:
    """The homework in the folder `name` of `root`; hw03 is enough for hw03_food.

    Raises HomeworkError, which lists those that there are.
    """
    known = homework_names(root)
    longer_names = [folder for folder in known if folder.startswith(f"{name}_")]
    if name not in known and len(longer_names) == 1:
        name = longer_names[0]
    if name not in known:
        listing = ", ".join(known) or "none"
        raise HomeworkError(
            root / name, [f"There is no such folder with a competition.toml; there are: {listing}."]
        )
    return load_homework(root / name)


def homework_names(root: Path = HOMEWORKS) -> list[str]:
    """The names of all homework folders in `root`, in order."""
    return sorted(file.parent.name for file in root.glob("*/competition.toml"))


def load_homework(folder: Path) -> Homework:
    """Read one homework folder; raises HomeworkError with every problem found."""
    path = folder / HOMEWORK_FILE
    if not path.is_file():
        raise HomeworkError(folder, [f"It has no {HOMEWORK_FILE}."])
    missing = [f"The file {name} is missing." for name in SCRIPTS if not (folder / name).is_file()]
    try:
        file = read_homework_file(path.read_bytes(), metric_file=_metric_file(folder))
    except BadHomeworkFile as error:
        raise HomeworkError(folder, [*error.problems, *missing]) from None
    if missing:
        raise HomeworkError(folder, missing)
    return Homework(
        folder=folder,
        title=PartedTitle(file.title),
        metric=file.metric,
        id_column=file.id_column,
        target_columns=file.spec.target_columns,
        spec=file.spec,
        tiers=file.tier,
    )


def load_script(path: Path) -> ModuleType:
    """Run a homework's script (data.py or a tier) and return it as a module; raises what the script raises.

    It is found by its path, so that a homework may lie outside this package. Its folder counts as a package,
    so that a tier can say `from .shared import ...`; each call runs that module anew, too.
    """
    package = re.sub(r"\W", "_", f"homework_{path.parent.name}")
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        del sys.modules[name]
    importlib.invalidate_caches()
    package_spec = ModuleSpec(package, None, is_package=True)
    package_spec.submodule_search_locations = [str(path.parent)]
    sys.modules[package] = importlib.util.module_from_spec(package_spec)
    spec = importlib.util.spec_from_file_location(f"{package}.{path.stem}", path)
    assert spec is not None, "the ending .py has a loader"
    assert spec.loader is not None, "and that loader can run it"
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _metric_file(folder: Path) -> bytes | None:
    path = folder / FILE
    return path.read_bytes() if path.is_file() else None
