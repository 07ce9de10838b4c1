"""A homework folder, read and checked: its competition.toml as values, its scripts as modules.

The server reads the same files with checks of its own and never imports this package.
"""

import importlib.util
import re
import sys
import tomllib
from dataclasses import dataclass
from datetime import datetime
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias
from zoneinfo import available_timezones

from grader.custom_metrics.metric import FILE
from grader.errors import BadSpec
from grader.homework_file import spec_of_table
from grader.spec import GradingSpec, Limits

HOMEWORKS = Path(__file__).parent / "homeworks"
SHARED_MODULE = "shared"  # of a homework's folder: what its tiers have in common
TIERS = ("simple", "medium", "strong", "boss")  # from the easiest to the hardest
UPLOAD_LIMIT = 20_000_000  # bytes, where competition.toml names no limit
NUMBER = (int, float)
Table: TypeAlias = dict[str, Any]  # as TOML gives it; its shape is checked first of all
Shape: TypeAlias = dict[str, type | tuple[type, ...]]
COMPETITION_KEYS: Shape = {
    "title": str,
    "metric": str,
    "id_column": str,
    "target_columns": list,
    "daily_limit": int,
    "final_selections": int,
    "unselected": str,
    "reset_zone": str,
    "opens_at": datetime,
    "deadline_at": datetime,
    "late_until": datetime,
    "reveal_at": datetime,
    "tier": list,
}
OPTIONAL_KEYS: Shape = {
    "upload_limit_bytes": int,
    "labels": list,
    "prediction_columns": list,
    "auxiliary_columns": dict,
    "metric_arguments": dict,
    "higher_is_better": bool,
    "team_size": int,
    "merge_until": datetime,
    "late_penalty": NUMBER,
    "has_practice": bool,
    "ladder_step": NUMBER,
}
TIER_KEYS: Shape = {
    "name": str,
    "hint": str,
    "minutes": NUMBER,
    "hardware": str,
    "needs_torch": bool,
    "points_public": NUMBER,
    "points_private": NUMBER,
}


class HomeworkError(Exception):
    """A homework folder cannot be used; every problem is in its sentence."""

    def __init__(self, folder: Path, problems: list[str]) -> None:
        super().__init__(f"{folder.name} cannot be used: {' '.join(problems)}")
        self.folder = folder
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Tier:
    """One [[tier]] of competition.toml; minutes are of wall time on the named hardware."""

    name: str
    hint: str
    minutes: float
    hardware: str
    needs_torch: bool
    points_public: float
    points_private: float


@dataclass(frozen=True, kw_only=True)
class Homework:
    """A homework folder whose competition.toml is complete and whose scripts exist."""

    folder: Path
    title: str
    metric: str
    id_column: str
    target_columns: tuple[str, ...]
    daily_limit: int
    final_selections: int
    unselected: str
    reset_zone: str
    opens_at: datetime
    deadline_at: datetime
    late_until: datetime
    reveal_at: datetime
    upload_limit_bytes: int
    spec: GradingSpec
    tiers: tuple[Tier, ...]

    @property
    def name(self) -> str:
        """The folder's name, such as hw01_covid."""
        return self.folder.name

    def tier(self, name: str) -> Tier:
        """Return the tier of this name; raises HomeworkError when there is none."""
        for tier in self.tiers:
            if tier.name == name:
                return tier
        known = ", ".join(tier.name for tier in self.tiers)
        raise HomeworkError(self.folder, [f"There is no tier '{name}'; there are: {known}."])


def homework_named(name: str, *, root: Path = HOMEWORKS) -> Homework:
    """Return the homework in the folder `name` of `root`; hw03 is enough for hw03_food.

    Raises HomeworkError, which lists those that there are.
    """
    known = homework_names(root)
    begun = [each for each in known if each.startswith(f"{name}_")]
    if name not in known and len(begun) == 1:
        name = begun[0]
    if name not in known:
        here = ", ".join(known) or "none"
        raise HomeworkError(
            root / name, [f"There is no such folder with a competition.toml; there are: {here}."]
        )
    return load_homework(root / name)


def homework_names(root: Path = HOMEWORKS) -> list[str]:
    """Return the names of all homework folders in `root`, in order."""
    return sorted(file.parent.name for file in root.glob("*/competition.toml"))


def load_homework(folder: Path) -> Homework:
    """Read one homework folder; raises HomeworkError with every problem found."""
    try:
        table = tomllib.loads((folder / "competition.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise HomeworkError(folder, ["It has no competition.toml."]) from None
    except tomllib.TOMLDecodeError as error:
        raise HomeworkError(folder, [f"competition.toml is not TOML: {error}."]) from None
    problems = _shape_problems(table, COMPETITION_KEYS | OPTIONAL_KEYS, optional=set(OPTIONAL_KEYS))
    for number, tier in enumerate(table.get("tier", []), start=1):
        problems += [
            f"Tier {number}: {problem}" for problem in _shape_problems(tier, TIER_KEYS, optional=set())
        ]
    if not problems:
        problems = _rule_problems(table, _metric_file(folder)) + _missing_files(folder, table)
    if problems:
        raise HomeworkError(folder, problems)
    limit = table.get("upload_limit_bytes", UPLOAD_LIMIT)
    tiers = tuple(Tier(**tier) for tier in table.pop("tier"))
    spec = spec_of_table(table, Limits(bytes=limit), metric_file=_metric_file(folder))
    told = {key: value for key, value in table.items() if key in COMPETITION_KEYS}
    told |= {"target_columns": spec.target_columns, "metric": spec.metric}
    return Homework(folder=folder, spec=spec, upload_limit_bytes=limit, tiers=tiers, **told)


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


def _shape_problems(table: Table, keys: Shape, *, optional: set[str]) -> list[str]:
    problems = [f"The key '{key}' is missing." for key in keys if key not in table and key not in optional]
    problems += [f"The key '{key}' is unknown." for key in table if key not in keys]
    for key, kind in keys.items():
        if key in table and (not isinstance(table[key], kind) or (kind is not bool and table[key] is True)):
            expected = "number" if kind == NUMBER else getattr(kind, "__name__", str(kind))
            problems.append(f"'{key}' should be a {expected}, but is {table[key]!r}.")
    return problems


def _metric_file(folder: Path) -> bytes | None:
    path = folder / FILE
    return path.read_bytes() if path.is_file() else None


def _rule_problems(table: Table, metric_file: bytes | None) -> list[str]:
    problems = []
    try:
        spec_of_table(table, metric_file=metric_file)
    except BadSpec as error:
        problems.append(str(error))
    if table["reset_zone"] not in available_timezones():
        problems.append(f"'{table['reset_zone']}' is no IANA time zone; an example is Asia/Taipei.")
    times = [table[key] for key in ("opens_at", "deadline_at", "late_until", "reveal_at")]
    if any(time.tzinfo is None for time in times):
        problems.append("Each time needs its offset from UTC, as in 2027-03-26T23:59:00+08:00.")
    elif not times[0] < times[1] <= times[2] or times[3] < times[1]:
        problems.append(
            "Times run in this order: opens_at, deadline_at, late_until; reveal_at is after the deadline."
        )
    if (names := [tier["name"] for tier in table["tier"]]) != list(TIERS):
        problems.append(
            f"The tiers should be {', '.join(TIERS)} in this order, but are {', '.join(names) or 'none'}."
        )
    if table["daily_limit"] < 1 or table["final_selections"] < 1:
        problems.append("daily_limit and final_selections are at least 1.")
    return problems


def _missing_files(folder: Path, table: Table) -> list[str]:
    needed = ["description.md", "data.py", *(f"{tier['name']}.py" for tier in table["tier"])]
    return [f"The file {name} is missing." for name in needed if not (folder / name).is_file()]
