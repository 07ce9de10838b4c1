"""Train the tiers with several seeds, score them against the answer key, and compare with what is known.

This is the only place in the package that touches an answer key: one it has just built itself, on the machine
of whoever makes the homework. The worker never runs it.
"""

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from threading import Event

from baselines.build import KEY, SAMPLE
from baselines.expected import (
    CPU_FILE,
    GPU_FILE,
    Expected,
    Measurements,
    read_measurements,
    spread,
    write_measurements,
)
from baselines.homework import TIERS, Homework, HomeworkError
from baselines.run import Report, TierRun, limit_seconds, run_tier
from client.api.types.competitions import Progress
from grader.grade import AnyAnswerKey, grade, read_answer_key

SEEDS = (0, 1, 2, 3, 4)
SPREADS = 3  # a score this many spreads from the mean is still as expected ...
SHARE = 0.02  # ... and so is one within this share of it: another processor rounds differently
CPU = "CPU"  # what a report calls a device without a card begins with it

Hear = Callable[[str, Progress | None, str], None]  # which training, its progress, new text of its log


@dataclass(frozen=True)
class Training:
    """One training of a tier and its scores."""

    tier: str
    seed: int
    public: float
    private: float
    report: Report


def read_key(homework: Homework, built: Path) -> AnyAnswerKey:
    """The built answer key; raises InvalidAnswerKey, InvalidSubmission for a sample that is wrong."""
    key = read_answer_key((built / KEY).read_bytes(), homework.spec)
    key.check((built / SAMPLE).read_bytes())
    return key


def runnable_tiers(homework: Homework) -> list[str]:
    """The names of the tiers that this Python can train: without torch, those that do without it."""
    has_torch = importlib.util.find_spec("torch") is not None
    return [tier.name for tier in homework.tiers if has_torch or not tier.needs_torch]


def train_all(
    homework: Homework,
    built: Path,
    *,
    tiers: Sequence[str],
    seeds: Sequence[int],
    jobs: int,
    scratch: Path,
    hear: Hear,
) -> Iterator[Training]:
    """Train each tier with each seed, `jobs` side by side, and yield each with its scores as it ends.

    When one fails, or the caller goes away, those that still train are stopped.
    """
    key, stop = read_key(homework, built), Event()

    def train_one(tier: str, seed: int) -> Training:
        run = TierRun(
            homework=homework,
            tier=tier,
            seed=seed,
            public=built / "public",
            folder=scratch / f"{tier}-{seed}",
            limit_seconds=limit_seconds(homework.tier(tier)),
        )
        label = f"{homework.name} {tier} seed {seed}"
        report = run_tier(
            run,
            tell=lambda progress, text: hear(label, progress, text),
            is_wanted=lambda: not stop.is_set(),
        )
        scores = grade(run.predictions.read_bytes(), key)
        return Training(tier, seed, scores.public, scores.private, report)

    with ThreadPoolExecutor(jobs) as pool:
        # The longest first, so that no core idles at the end.
        futures = [pool.submit(train_one, tier, seed) for tier in reversed(tiers) for seed in seeds]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


def write_expected(homework: Homework, trainings: Sequence[Training]) -> Path:
    """Write expected.toml from these trainings, expected.gpu.toml if a card did them; return its path.

    Tiers that were not trained keep what the file tells of them. Raises HomeworkError when they were trained
    on another device or with other seeds, or were never measured.
    """
    devices = sorted({training.report.device for training in trainings})
    if len(devices) != 1:
        names = " and ".join(devices) or "no device"
        raise HomeworkError(homework.folder, [f"Its tiers were trained on {names}; measure them on one."])
    versions = {name: version for training in trainings for name, version in training.report.versions.items()}
    tiers = {training.tier for training in trainings}
    measurements = Measurements(
        device=devices[0],
        measured_with=", ".join(f"{name} {version}" for name, version in sorted(versions.items())),
        seeds=tuple(sorted({training.seed for training in trainings})),
        tiers={name: _expected(name, trainings) for name in TIERS if name in tiers},
    )
    is_gpu = not devices[0].startswith(CPU)
    if len(tiers) < len(homework.tiers):
        older = read_measurements(homework, GPU_FILE if is_gpu else CPU_FILE)
        measurements = _merged(homework, measurements, older)
    return write_measurements(homework, measurements, is_gpu=is_gpu)


def _merged(homework: Homework, newer: Measurements, older: Measurements | None) -> Measurements:
    """What both tell, of each tier the newer if there is any."""
    tiers = {**(older.tiers if older else {}), **newer.tiers}
    unmeasured = [tier.name for tier in homework.tiers if tier.name not in tiers]
    if older is None or unmeasured:
        raise HomeworkError(homework.folder, [f"Never measured: {', '.join(unmeasured)}. Measure all tiers."])
    if (older.device, older.seeds) != (newer.device, newer.seeds):
        how = f"on {older.device} with the seeds {list(older.seeds)}"
        raise HomeworkError(homework.folder, [f"The other tiers ran {how}; measure all tiers."])
    libraries = dict(
        part.split(" ") for file in (older, newer) for part in file.measured_with.split(", ") if part
    )
    return replace(
        newer,
        measured_with=", ".join(f"{name} {version}" for name, version in sorted(libraries.items())),
        tiers={tier.name: tiers[tier.name] for tier in homework.tiers},
    )


def _expected(tier: str, trainings: Sequence[Training]) -> Expected:
    of_tier = sorted(
        (training for training in trainings if training.tier == tier), key=lambda training: training.seed
    )
    return Expected(
        tuple(training.public for training in of_tier),
        tuple(training.private for training in of_tier),
        fmean(seconds_of(training.report) for training in of_tier),
        max(training.report.peak_memory_mb for training in of_tier),
    )


def seconds_of(report: Report) -> float:
    """What a training takes: on a CPU its processor time, which busy neighbours do not lengthen."""
    is_told = report.device.startswith(CPU) and report.processor_seconds is not None
    return float(report.processor_seconds or 0.0) if is_told else report.seconds


def problems_of(homework: Homework, trainings: Sequence[Training]) -> list[str]:
    """A sentence for each score out of range and each two tiers out of order; [] when all is well.

    Scores of a card are compared with expected.gpu.toml, all others with expected.toml.
    """
    is_gpu = any(not training.report.device.startswith(CPU) for training in trainings)
    name = GPU_FILE if is_gpu else CPU_FILE
    measurements = read_measurements(homework, name)
    if measurements is None:
        raise HomeworkError(homework.folder, [f"It has no {name}; `measure {homework.name}` writes it."])
    return out_of_range(measurements.tiers, trainings) + out_of_order(homework, trainings)


def out_of_range(expected: dict[str, Expected], trainings: Sequence[Training]) -> list[str]:
    """A sentence for each score that lies farther from the expected mean than chance takes it."""
    problems = []
    for training in trainings:
        for half in ("public", "private"):
            usual, score = getattr(expected[training.tier], half), getattr(training, half)
            slack = max(SPREADS * spread(usual), SHARE * abs(fmean(usual)))
            if abs(score - fmean(usual)) > slack:
                problems.append(
                    f"{training.tier} with seed {training.seed} scored {score:.4f} on the {half} half, "
                    f"where {fmean(usual):.4f} +- {slack:.4f} is expected."
                )
    return problems


def out_of_order(homework: Homework, trainings: Sequence[Training]) -> list[str]:
    """A sentence wherever the worst run of a tier does not beat the best run of the tier below it."""
    sign = 1 if homework.spec.higher_is_better else -1
    names = [name for name in TIERS if any(training.tier == name for training in trainings)]
    problems = []
    for half in ("public", "private"):
        merits = {
            name: [sign * getattr(training, half) for training in trainings if training.tier == name]
            for name in names
        }
        for lower, upper in pairwise(names):
            if min(merits[upper]) <= max(merits[lower]):
                problems.append(f"On the {half} half {upper} does not always beat {lower}.")
    return problems
