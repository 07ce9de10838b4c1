"""What a training costs: cores, memory and utilisation of the card, energy, and how fast the device is.

The card is asked through NVML, the processors through the powercap counters (RAPL). Both may be absent, or
closed to us: what nobody tells is None, and never 0.
"""

import importlib
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from types import TracebackType
from typing import Protocol, Self, TypeVar, cast

import numpy as np

from client.api.types.runs import Cost

POWERCAP = Path("/sys/class/powercap")
SAMPLE_SECONDS = 1.0  # between two looks; a RAPL counter of a busy server runs over within half an hour
SPEED_SECONDS = 0.2  # for which the device multiplies matrices before the training
CPU_SIDE, CARD_SIDE = 1024, 4096  # of these matrices
MIB = 2**20
T = TypeVar("T")


class Nvml(Protocol):
    """What we use of the module pynvml, whose names these are."""

    NVMLError: type[Exception]

    def nvmlInit(self) -> None: ...
    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> object: ...
    def nvmlDeviceGetUtilizationRates(self, handle: object) -> "Rates": ...
    def nvmlDeviceGetTotalEnergyConsumption(self, handle: object) -> int: ...


class Rates(Protocol):
    """The share of the last moments in which the card was at work, in percent."""

    @property
    def gpu(self) -> int:
        """Of its processors."""


class Card:
    """The card that a tier trains on, as its driver tells of it."""

    def __init__(self, nvml: Nvml, uuid: str) -> None:
        """Raises the driver's NVMLError when it knows no such card."""
        nvml.nvmlInit()
        self._nvml, self._handle = nvml, nvml.nvmlDeviceGetHandleByUUID(uuid)
        self._shares: list[float] = []
        self._first = self._last = self._answer(nvml.nvmlDeviceGetTotalEnergyConsumption)

    def sample(self) -> None:
        """Look at the card once."""
        rates = self._answer(self._nvml.nvmlDeviceGetUtilizationRates)
        if rates is not None:
            self._shares.append(rates.gpu)
        self._last = self._answer(self._nvml.nvmlDeviceGetTotalEnergyConsumption)

    @property
    def utilisation(self) -> float | None:
        """The mean share of the time at work, in percent."""
        return round(fmean(self._shares), 1) if self._shares else None

    @property
    def joules(self) -> float | None:
        """The energy from the first look to the last."""
        if self._first is None or self._last is None or self._last < self._first:
            return None
        return (self._last - self._first) / 1000  # told in millijoules

    def _answer(self, question: Callable[[object], T]) -> T | None:
        try:
            return question(self._handle)
        except self._nvml.NVMLError:
            return None  # this card, or this driver, does not tell


class Processors:
    """The energy counters of the machine's processor packages."""

    def __init__(self, root: Path = POWERCAP) -> None:
        """Raises OSError when there are none, or when they may not be read."""
        zones = [zone for zone in sorted(root.glob("*-rapl:*")) if zone.name.count(":") == 1]
        self._zones = [zone for zone in zones if (zone / "name").read_text().startswith("package")]
        if not self._zones:
            raise FileNotFoundError(root)
        self._counts = [_number(zone / "energy_uj") for zone in self._zones]
        self._microjoules: int | None = 0

    def sample(self) -> None:
        """Add what was used since the last look; a counter that has run over begins again at 0."""
        try:
            counts = [_number(zone / "energy_uj") for zone in self._zones]
            ranges = [_number(zone / "max_energy_range_uj") for zone in self._zones]
        except OSError:
            self._microjoules = None
            return
        used = [
            new - old if new >= old else new - old + whole
            for new, old, whole in zip(counts, self._counts, ranges, strict=True)
        ]
        self._counts = counts
        if self._microjoules is not None:
            self._microjoules += sum(used)

    @property
    def joules(self) -> float | None:
        """The energy of all packages from the first look to the last."""
        return None if self._microjoules is None else self._microjoules / 1e6


class Meter:
    """Looks at the card and the processors every second, inside a `with` block."""

    def __init__(self, card: Card | None, processors: Processors | None) -> None:
        self.card, self.processors = card, processors
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="meter", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._sample()

    def cost(self, *, gpu_peak_memory_mb: float | None, gflops: float | None) -> Cost:
        """What was measured, with what was measured elsewhere."""
        return Cost(
            cpu_count=cpu_count(),
            gpu_peak_memory_mb=gpu_peak_memory_mb,
            gpu_utilisation=self.card.utilisation if self.card else None,
            gpu_joules=self.card.joules if self.card else None,
            cpu_joules=self.processors.joules if self.processors else None,
            gflops=gflops,
        )

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            self._sample()

    def _sample(self) -> None:
        for meter in (self.card, self.processors):
            if meter is not None:
                meter.sample()


def meter_of(device: str) -> Meter:
    """A meter for "cuda" or "cpu" that asks whoever tells anything here."""
    return Meter(card_in_use() if device == "cuda" else None, processors_here())


def card_in_use() -> Card | None:
    """The card that torch computes on; None when its driver cannot be asked."""
    uuid = str(getattr(sys.modules["torch"].cuda.get_device_properties(0), "uuid", ""))
    try:
        nvml = cast(Nvml, importlib.import_module("pynvml"))
    except ImportError:
        return None
    try:
        return Card(nvml, uuid if uuid.startswith(("GPU-", "MIG-")) else f"GPU-{uuid}")
    except nvml.NVMLError:
        return None


def processors_here(root: Path = POWERCAP) -> Processors | None:
    """The processors' counters; None where there are none, or only root may read them."""
    try:
        return Processors(root)
    except (OSError, ValueError):
        return None


def cpu_count() -> int | None:
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def gpu_peak_memory_mb(device: str) -> float | None:
    """The most memory that torch held on the card, in MiB; None on a CPU."""
    if device != "cuda":
        return None
    peak_bytes: int = sys.modules["torch"].cuda.max_memory_allocated()
    return round(peak_bytes / MIB, 1)


def device_gflops(device: str) -> float:
    """How many float32 operations a second the device does in a matrix product, in 1e9."""
    if device != "cuda":
        a = np.random.default_rng(0).random((CPU_SIDE, CPU_SIDE), dtype=np.float32)
        return speed(lambda: np.matmul(a, a), side=CPU_SIDE)
    torch = sys.modules["torch"]
    # Numbers of our own, so that no generator that a tier will seed is touched.
    b = torch.from_numpy(np.random.default_rng(0).random((CARD_SIDE, CARD_SIDE), dtype=np.float32)).cuda()

    def multiply() -> None:
        torch.matmul(b, b)
        torch.cuda.synchronize()

    gflops = speed(multiply, side=CARD_SIDE)
    torch.cuda.reset_peak_memory_stats()
    return gflops


def speed(multiply: Callable[[], object], *, side: int, seconds: float = SPEED_SECONDS) -> float:
    """The 1e9 operations a second of a product of two matrices (side, side), after one to warm up."""
    multiply()
    started, times = time.perf_counter(), 0
    while (took := time.perf_counter() - started) < seconds or not times:
        multiply()
        times += 1
    return round(times * 2 * side**3 / took / 1e9, 1)


def _number(path: Path) -> int:
    return int(path.read_text())
