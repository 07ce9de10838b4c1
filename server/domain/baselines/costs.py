"""What the baselines of a competition took, and what they would take elsewhere.

Where runs of a tier were recorded on a class of devices, the answer is their median time. Elsewhere it is an
estimate: the median on the recorded class whose speed is closest, times the ratio of the two speeds. A speed
is that of a float32 matrix product, which each run measures on its device before it trains; of a class that
no run of this installation has measured it is the number that REFERENCES states, with its origin. A faster
device is taken to need as long, since a small model gains nothing there. It is rough: what a device does
beside matrix products does not scale so, and half precision, where a card has it, is not in the number.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from grader.messages import Message
from server.domain.competitions import access as competitions
from server.models import BaselineRun, Competition, RunState, Tier

LAPTOP_CORES = 16  # a worker's CPU with more of them says nothing of a laptop


@dataclass(frozen=True)
class Reference:
    """A class of devices that students ask about, and its speed where nobody has measured it."""

    name: str
    gflops: float
    origin: str


LAPTOP = Reference(
    Message("a laptop's CPU"),
    200.0,
    Message("stated, not measured: half of what four cores at 3 GHz can do with 32 operations a cycle each"),
)
COLAB = Reference(
    Message("Colab's free GPU, a T4"),
    4000.0,
    Message("stated, not measured: half of the 8.1 TFLOPS in float32 that NVIDIA states for the T4"),
)
REFERENCES = (LAPTOP, COLAB)
SERVER = Message("a server's CPU")


@dataclass(frozen=True)
class Estimate:
    """What a tier takes on a class of devices.

    Recorded: the median of `runs` runs. Else scaled by `factor` from `source`, which took `source_seconds`;
    `origin` says where the two speeds come from.
    """

    device: str
    seconds: float
    runs: int
    factor: float | None = None
    source: str = ""
    source_seconds: float | None = None
    origin: str = ""


@dataclass(frozen=True)
class TierCost:
    """A tier with its successful runs, the oldest first, and what it takes on each class of devices."""

    tier: Tier
    runs: tuple[BaselineRun, ...]
    estimates: tuple[Estimate, ...]


def of_competition(session: Session, competition: Competition) -> list[TierCost]:
    """What each tier took and would take, the easiest first; nothing of it is private."""
    rows = session.scalars(
        select(BaselineRun)
        .where(BaselineRun.competition_id == competition.id, BaselineRun.state == RunState.SUCCEEDED)
        .order_by(BaselineRun.finished_at, BaselineRun.id)
        .options(defer(BaselineRun.log))
    )
    runs: dict[int, list[BaselineRun]] = defaultdict(list)
    for run in rows:
        runs[run.tier_id].append(run)
    speeds = measured_speeds(session)
    return [
        TierCost(tier, tuple(runs[tier.id]), tuple(estimates(runs[tier.id], speeds=speeds)))
        for tier in competitions.tiers_of(session, competition.id)
    ]


def measured_speeds(session: Session) -> dict[str, float]:
    """The median speed of each class of devices, from all runs of the installation, in GFLOPS."""
    speeds: dict[str, list[float]] = defaultdict(list)
    rows = session.execute(
        select(BaselineRun.device, BaselineRun.cpu_count, BaselineRun.gflops).where(
            BaselineRun.gflops.is_not(None)
        )
    )
    for device, cores, gflops in rows:
        if gflops:
            speeds[class_of(device, cores)].append(gflops)
    return {name: median(each) for name, each in speeds.items()}


def class_of(device: str, cores: int | None) -> str:
    """The class of devices that a run's device belongs to.

    >>> class_of("CPU, x86_64, 8 cores", 8), class_of("Tesla T4", 2), class_of("NVIDIA H200", 16)
    ("a laptop's CPU", "Colab's free GPU, a T4", 'NVIDIA H200')
    """
    if device.lower().startswith("cpu"):
        return LAPTOP.name if cores is not None and cores <= LAPTOP_CORES else SERVER
    return COLAB.name if "T4" in device.split() else device


def estimates(runs: Sequence[BaselineRun], *, speeds: dict[str, float]) -> list[Estimate]:
    """What a tier with these runs takes on the classes that students ask about, and where it was recorded."""
    took: dict[str, list[float]] = defaultdict(list)
    for run in runs:
        if run.seconds is not None and run.device:
            took[class_of(run.device, run.cpu_count)].append(run.seconds)
    classes = [each.name for each in REFERENCES] + [name for name in took if name not in _STATED]
    estimates_by_class = [
        Estimate(name, median(took[name]), len(took[name])) if took[name] else _scaled(name, took, speeds)
        for name in classes
    ]
    return [each for each in estimates_by_class if each is not None]


_STATED = {each.name: each for each in REFERENCES}


def _scaled(name: str, took: dict[str, list[float]], speeds: dict[str, float]) -> Estimate | None:
    """The estimate for a class without runs; None when no recorded class has a known speed."""
    target = _speed(name, speeds)
    known = [(source, _speed(source, speeds)) for source, seconds in took.items() if seconds]
    sources = [(source, speed) for source, speed in known if speed is not None]
    if target is None or not sources:
        return None
    source, speed = min(sources, key=lambda each: abs(log(each[1][0] / target[0])))
    factor = max(1.0, speed[0] / target[0])  # a small model gains nothing from a faster device
    seconds = median(took[source])
    origin = Message(
        "{source}: {speed:,.0f} GFLOPS, {why}; {name}: {target:,.0f} GFLOPS, {target_why}",
        source=source,
        speed=speed[0],
        why=speed[1],
        name=name,
        target=target[0],
        target_why=target[1],
    )
    return Estimate(name, seconds * factor, 0, factor, source, seconds, origin)


def _speed(name: str, speeds: dict[str, float]) -> tuple[float, str] | None:
    """A class's speed in GFLOPS, and where it comes from; None when nobody has measured or stated it."""
    if name in speeds:
        return speeds[name], Message("measured here")
    return (_STATED[name].gflops, _STATED[name].origin) if name in _STATED else None
