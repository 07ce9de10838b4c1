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
from baselines.expected import CPU_FILE, GPU_FILE, Expected, Known, read_known, spread, write_known
from baselines.homework import TIERS, Homework, HomeworkError
from baselines.run import Report, TierRun, limit_seconds, run_tier
from client.api.types.competitions import Progress
from grader.grade import Key, grade, read_answer_key

SEEDS = (0, 1, 2, 3, 4)
SPREADS = 3  # a score this many spreads from the mean is still as expected ...
SHARE = 0.02  # ... and so is one within this share of it: another processor rounds differently
CPU = "CPU"  # what a report calls a device without a card begins with it

Hear = Callable[[str, Progress | None, str], None]  # which training, its progress, new text of its log


@dataclass(frozen=True)
class Trained:
    """One training of a tier and its scores."""

    tier: str
    seed: int
    public: float
    private: float
    report: Report


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
    homework: Homework,
    built: Path,
    *,
    tiers: Sequence[str],
    seeds: Sequence[int],
    jobs: int,
    scratch: Path,
    hear: Hear,
) -> Iterator[Trained]:
    """Train each tier with each seed, `jobs` side by side, and yield each with its scores as it ends.

    When one fails, or the caller goes away, those that still train are stopped.
    """
    key, stop = read_key(homework, built), Event()

    def train_one(tier: str, seed: int) -> Trained:
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
        return Trained(tier, seed, scores.public, scores.private, report)

    with ThreadPoolExecutor(jobs) as pool:
        # The longest first, so that no core idles at the end.
        waiting = [pool.submit(train_one, tier, seed) for tier in reversed(tiers) for seed in seeds]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


def write_expected(homework: Homework, trained: Sequence[Trained]) -> Path:
    """Write expected.toml from these trainings, expected.gpu.toml if a card did them; return its path.

    Tiers that were not trained keep what the file tells of them. Raises HomeworkError when they were trained
    on another device or with other seeds, or were never measured.
    """
    devices = sorted({one.report.device for one in trained})
    if len(devices) != 1:
        names = " and ".join(devices) or "no device"
        raise HomeworkError(homework.folder, [f"Its tiers were trained on {names}; measure them on one."])
    versions = {name: version for one in trained for name, version in one.report.versions.items()}
    with_what = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    is_gpu = not devices[0].startswith(CPU)
    fresh = {name: _expected(name, trained) for name in TIERS if any(one.tier == name for one in trained)}
    known = Known(devices[0], with_what, tuple(sorted({one.seed for one in trained})), fresh)
    if len(fresh) < len(homework.tiers):
        known = _merged(homework, known, read_known(homework, GPU_FILE if is_gpu else CPU_FILE))
    return write_known(homework, known, is_gpu=is_gpu)


def _merged(homework: Homework, fresh: Known, before: Known | None) -> Known:
    """Return what both tell, of each tier the fresh if there is any."""
    both = {**(before.tiers if before else {}), **fresh.tiers}
    missing = [tier.name for tier in homework.tiers if tier.name not in both]
    if before is None or missing:
        raise HomeworkError(homework.folder, [f"Never measured: {', '.join(missing)}. Measure all tiers."])
    if (before.device, before.seeds) != (fresh.device, fresh.seeds):
        how = f"on {before.device} with the seeds {list(before.seeds)}"
        raise HomeworkError(homework.folder, [f"The other tiers ran {how}; measure all tiers."])
    libraries = dict(
        part.split(" ") for known in (before, fresh) for part in known.measured_with.split(", ") if part
    )
    return replace(
        fresh,
        measured_with=", ".join(f"{name} {version}" for name, version in sorted(libraries.items())),
        tiers={tier.name: both[tier.name] for tier in homework.tiers},
    )


def _expected(tier: str, trained: Sequence[Trained]) -> Expected:
    of_tier = sorted((one for one in trained if one.tier == tier), key=lambda one: one.seed)
    return Expected(
        tuple(one.public for one in of_tier),
        tuple(one.private for one in of_tier),
        fmean(seconds_of(one.report) for one in of_tier),
        max(one.report.peak_memory_mb for one in of_tier),
    )


def seconds_of(report: Report) -> float:
    """Return what a training takes: on a CPU its processor time, which busy neighbours do not lengthen."""
    is_told = report.device.startswith(CPU) and report.processor_seconds is not None
    return float(report.processor_seconds or 0.0) if is_told else report.seconds


def problems_of(homework: Homework, trained: Sequence[Trained]) -> list[str]:
    """Return a sentence for each score out of range and each two tiers out of order; [] when all is well.

    Scores of a card are compared with expected.gpu.toml, all others with expected.toml.
    """
    is_gpu = any(not one.report.device.startswith(CPU) for one in trained)
    name = GPU_FILE if is_gpu else CPU_FILE
    known = read_known(homework, name)
    if known is None:
        raise HomeworkError(homework.folder, [f"It has no {name}; `measure {homework.name}` writes it."])
    return out_of_range(known.tiers, trained) + out_of_order(homework, trained)


def out_of_range(expected: dict[str, Expected], trained: Sequence[Trained]) -> list[str]:
    """Return a sentence for each score that lies farther from the expected mean than chance takes it."""
    problems = []
    for one in trained:
        for half in ("public", "private"):
            usual, score = getattr(expected[one.tier], half), getattr(one, half)
            slack = max(SPREADS * spread(usual), SHARE * abs(fmean(usual)))
            if abs(score - fmean(usual)) > slack:
                problems.append(
                    f"{one.tier} with seed {one.seed} scored {score:.4f} on the {half} half, "
                    f"where {fmean(usual):.4f} +- {slack:.4f} is expected."
                )
    return problems


def out_of_order(homework: Homework, trained: Sequence[Trained]) -> list[str]:
    """Return a sentence wherever the worst run of a tier does not beat the best run of the tier below it."""
    sign = 1 if homework.spec.higher_is_better else -1
    names = [name for name in TIERS if any(one.tier == name for one in trained)]
    problems = []
    for half in ("public", "private"):
        merits = {name: [sign * getattr(one, half) for one in trained if one.tier == name] for name in names}
        for lower, upper in pairwise(names):
            if min(merits[upper]) <= max(merits[lower]):
                problems.append(f"On the {half} half {upper} does not always beat {lower}.")
    return problems
