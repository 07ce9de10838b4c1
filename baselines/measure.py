"""Train the tiers with several seeds, score them against the answer key, and compare with expected.toml.

This is the only place in the package that touches an answer key: one it has just built itself, on the machine
of whoever makes the homework. The worker never runs it.
"""

import importlib.util
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import mean

from baselines.build import KEY, SAMPLE
from baselines.homework import TIERS, Homework, HomeworkError
from baselines.run import Report, TierRun, limit_seconds, run_tier
from client.types import Progress
from grader.grade import Key, grade, read_answer_key

SEEDS = (0, 1, 2)
SPREADS = 3  # a score this many spreads from the mean is still as expected ...
SHARE = 0.02  # ... and so is one within this share of it: another processor rounds differently
EXPECTED = "expected.toml"
PREAMBLE = """\
# Scores of the tiers on the data of `build` without --seed, one for each training seed in `seeds`; spread is
# half the distance between the best and the worst. Written by `measure`, compared by `check`. seconds: mean
# wall time.
"""

Hear = Callable[[Progress | None, str], None]


@dataclass(frozen=True)
class Trained:
    """One training of a tier and its scores."""

    tier: str
    seed: int
    public: float
    private: float
    report: Report


@dataclass(frozen=True)
class Expected:
    """What expected.toml says of a tier: the score of each seed, on both halves, and seconds of wall time."""

    public: tuple[float, ...]
    private: tuple[float, ...]
    seconds: float


def read_key(homework: Homework, built: Path) -> Key:
    """Return the built answer key; raises InvalidAnswerKey, InvalidSubmission for a sample that is wrong."""
    key = read_answer_key((built / KEY).read_bytes(), homework.spec)
    key.check((built / SAMPLE).read_bytes())
    return key


def runnable_tiers(homework: Homework) -> list[str]:
    """Return the names of the tiers that this Python can train: without torch, those that do without it."""
    has_torch = importlib.util.find_spec("torch") is not None
    return [tier.name for tier in homework.tiers if has_torch or not tier.needs_torch]


def train_all(
    homework: Homework, built: Path, *, tiers: Sequence[str], seeds: Sequence[int], scratch: Path, hear: Hear
) -> Iterator[Trained]:
    """Train each tier with each seed, one after the other, and yield each with its scores."""
    key = read_key(homework, built)
    for tier in tiers:
        for seed in seeds:
            folder = scratch / f"{tier}-{seed}"
            run = TierRun(
                homework=homework,
                tier=tier,
                seed=seed,
                public=built / "public",
                folder=folder,
                limit_seconds=limit_seconds(homework.tier(tier)),
            )
            report = run_tier(run, tell=hear, is_wanted=lambda: True)
            scores = grade(run.predictions.read_bytes(), key)
            yield Trained(tier, seed, scores.public, scores.private, report)


def read_expected(homework: Homework) -> dict[str, Expected]:
    """Return what expected.toml says, by tier; raises HomeworkError when there is none."""
    path = homework.folder / EXPECTED
    if not path.is_file():
        raise HomeworkError(homework.folder, [f"It has no {EXPECTED}; `measure {homework.name}` writes it."])
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        tier: Expected(tuple(told["public"]), tuple(told["private"]), told["seconds"])
        for tier, told in table.items()
        if tier in TIERS
    }


def write_expected(homework: Homework, trained: Sequence[Trained]) -> Path:
    """Write expected.toml from these trainings and return its path."""
    seeds = sorted({one.seed for one in trained})
    versions = {name: version for one in trained for name, version in one.report.versions.items()}
    with_what = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    lines = [PREAMBLE, f'metric = "{homework.metric}"', f"seeds = {seeds}", f'measured_with = "{with_what}"']
    for tier in homework.tiers:
        of_tier = [one for one in trained if one.tier == tier.name]
        lines += ["", f"[{tier.name}]", f"seconds = {mean(one.report.seconds for one in of_tier):.1f}"]
        for half in ("public", "private"):
            scores = [round(getattr(one, half), 5) for one in of_tier]
            lines += [f"{half} = {scores}", f"{half}_mean = {mean(scores):.4f}"]
            lines += [f"{half}_spread = {spread(scores):.4f}"]
    path = homework.folder / EXPECTED
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def problems_of(homework: Homework, trained: Sequence[Trained]) -> list[str]:
    """Return a sentence for each score out of range and each two tiers out of order; [] when all is well."""
    expected = read_expected(homework)
    return out_of_range(expected, trained) + out_of_order(homework, trained)


def out_of_range(expected: dict[str, Expected], trained: Sequence[Trained]) -> list[str]:
    """Return a sentence for each score that lies farther from the expected mean than chance takes it."""
    problems = []
    for one in trained:
        for half in ("public", "private"):
            usual, score = getattr(expected[one.tier], half), getattr(one, half)
            slack = max(SPREADS * spread(usual), SHARE * abs(mean(usual)))
            if abs(score - mean(usual)) > slack:
                problems.append(
                    f"{one.tier} with seed {one.seed} scored {score:.4f} on the {half} half, "
                    f"where {mean(usual):.4f} +- {slack:.4f} is expected."
                )
    return problems


def out_of_order(homework: Homework, trained: Sequence[Trained]) -> list[str]:
    """Return a sentence wherever the worst run of a tier does not beat the best run of the tier below it."""
    sign = 1 if homework.spec.definition.higher_is_better else -1
    names = [name for name in TIERS if any(one.tier == name for one in trained)]
    problems = []
    for half in ("public", "private"):
        merits = {name: [sign * getattr(one, half) for one in trained if one.tier == name] for name in names}
        for lower, upper in pairwise(names):
            if min(merits[upper]) <= max(merits[lower]):
                problems.append(f"On the {half} half {upper} does not always beat {lower}.")
    return problems


def spread(scores: Sequence[float]) -> float:
    """Return half the distance between the largest and the smallest score.

    >>> spread([1.0, 4.0, 2.0])
    1.5
    """
    return (max(scores) - min(scores)) / 2
