"""What the tiers of a homework are known to score and cost: expected.toml, and expected.gpu.toml of a card.

Both are written by `measure` and never by hand; `check` compares new trainings with the one of its device.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from baselines.homework import TIERS, Homework, HomeworkError

CPU_FILE, GPU_FILE = "expected.toml", "expected.gpu.toml"
PREAMBLE = """\
# Scores of the tiers on the data of `build` without --seed, one for each training seed in `seeds`; spread is
# half the distance between the best and the worst. Written by `measure`, compared by `check`. seconds: mean
# processor time of one training, on a card its wall time; megabytes: the most memory it held.
"""


@dataclass(frozen=True)
class Expected:
    """What is known of a tier: the score of each seed on both halves, seconds, peak memory in MiB."""

    public: tuple[float, ...]
    private: tuple[float, ...]
    seconds: float
    megabytes: float = 0.0


@dataclass(frozen=True)
class Measurements:
    """What one file tells: the device, the libraries, the seeds, and each tier that was measured."""

    device: str
    measured_with: str
    seeds: tuple[int, ...]
    tiers: dict[str, Expected]


def read_expected(homework: Homework) -> dict[str, Expected]:
    """What expected.toml says, by tier; raises HomeworkError when there is none."""
    measurements = read_measurements(homework, CPU_FILE)
    if measurements is None:
        words = f"It has no {CPU_FILE}; `measure {homework.name}` writes it."
        raise HomeworkError(homework.folder, [words])
    return measurements.tiers


def read_measurements(homework: Homework, name: str) -> Measurements | None:
    """What the homework's file of this name tells; None when it was never measured there."""
    path = homework.folder / name
    if not path.is_file():
        return None
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    tiers = {
        tier: Expected(
            tuple(figures["public"]),
            tuple(figures["private"]),
            figures["seconds"],
            figures.get("megabytes", 0.0),
        )
        for tier, figures in table.items()
        if tier in TIERS
    }
    seeds = tuple(table.get("seeds", ()))
    return Measurements(table.get("device", ""), table.get("measured_with", ""), seeds, tiers)


def write_measurements(homework: Homework, measurements: Measurements, *, is_gpu: bool) -> Path:
    """Write expected.toml, or expected.gpu.toml, and return its path."""
    lines = [
        PREAMBLE,
        f'metric = "{homework.metric}"',
        f"seeds = {list(measurements.seeds)}",
        f'device = "{measurements.device}"',
        f'measured_with = "{measurements.measured_with}"',
    ]
    for name, tier in measurements.tiers.items():
        lines += ["", f"[{name}]", f"seconds = {tier.seconds:.1f}", f"megabytes = {tier.megabytes:.0f}"]
        for half, scores in (("public", tier.public), ("private", tier.private)):
            lines += [f"{half} = {[round(score, 5) for score in scores]}"]
            lines += [f"{half}_mean = {fmean(scores):.4f}", f"{half}_spread = {spread(scores):.4f}"]
    path = homework.folder / (GPU_FILE if is_gpu else CPU_FILE)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def spread(scores: Sequence[float]) -> float:
    """Half the distance between the largest and the smallest score.

    >>> spread([1.0, 4.0, 2.0])
    1.5
    """
    return (max(scores) - min(scores)) / 2
