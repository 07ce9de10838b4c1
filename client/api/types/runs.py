"""What a baseline run tells of itself beyond its state: its curve, and what it cost."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Point:
    """A point of a run's curve: what the tier said after an epoch."""

    epoch: float
    loss: float | None = None
    score: float | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a waiting run stands in the queue of all runs: 1 is next.

    Times are estimates in seconds from now; without workers at work they count from when one comes.
    """

    position: int
    starts_in: float
    ends_in: float
    workers: int = 0


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """What a worker's machine has, in MB; `card_memory_mb` of its largest card, 0 without one."""

    has_torch: bool
    memory_mb: float
    card_memory_mb: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a run took beside time and memory; None is what the driver does not tell, and never means 0.

    gpu_peak_memory_mb: MiB that torch held on the card. gpu_utilisation: mean percent. gpu_joules,
    cpu_joules: energy of the whole card, and of all processor packages, while the tier trained and predicted.
    gflops: the speed of a float32 matrix product on the device, in 1e9 operations a second, measured before.
    """

    cpu_count: int | None = None
    gpu_peak_memory_mb: float | None = None
    gpu_utilisation: float | None = None
    gpu_joules: float | None = None
    cpu_joules: float | None = None
    gflops: float | None = None


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Seconds that a tier takes on a class of devices: recorded on `runs` runs, or scaled by `factor`."""

    device: str
    seconds: float
    runs: int
    factor: float | None
    source: str
    source_seconds: float | None
    origin: str
    is_estimate: bool


@dataclass(frozen=True, kw_only=True)
class TierCost:
    """Medians over a tier's runs, and their scores; private ones where private scores may be seen.

    Units as those of a run: seconds, MiB, percent, joules. `*_spread` is the scores' standard deviation.
    """

    tier: str
    hint: str
    runs: int
    seeds: tuple[int, ...]
    devices: tuple[str, ...]
    seconds: float | None
    peak_memory_mb: float | None
    gpu_peak_memory_mb: float | None
    gpu_utilisation: float | None
    gpu_joules: float | None
    cpu_joules: float | None
    estimates: tuple[Estimate, ...]
    public_mean: float | None
    public_spread: float | None
    private_mean: float | None = None
    private_spread: float | None = None
