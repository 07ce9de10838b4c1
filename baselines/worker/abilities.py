"""What this machine has for training, as its worker says when it asks for a run."""

import importlib
import importlib.util
import os
from pathlib import Path
from typing import Protocol, cast

from client.api.types.runs import Abilities

MB = 1e6
CGROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


class CardMemory(Protocol):
    """Of a card, in bytes."""

    @property
    def total(self) -> int:
        """All of it."""


class CardDriver(Protocol):
    """What we use of the module pynvml, whose names these are."""

    NVMLError: type[Exception]

    def nvmlInit(self) -> None: ...
    def nvmlDeviceGetCount(self) -> int: ...
    def nvmlDeviceGetHandleByIndex(self, index: int) -> object: ...
    def nvmlDeviceGetMemoryInfo(self, handle: object) -> CardMemory: ...


def abilities_here() -> Abilities:
    """What this machine has; torch is looked for and not loaded, and a card counts only beside it."""
    has_torch = importlib.util.find_spec("torch") is not None
    return Abilities(
        has_torch=has_torch, memory_mb=memory_mb(), card_memory_mb=card_memory_mb() if has_torch else 0.0
    )


def memory_mb(limits: tuple[Path, ...] = CGROUPS) -> float:
    """The machine's memory in MB, or what its control group may use of it where that is less."""
    sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for limit in limits:
        try:
            sizes.append(int(limit.read_text()))
        except (OSError, ValueError):
            continue  # there is no such group, or it says "max"
    return round(min(sizes) / MB, 1)


def card_memory_mb() -> float:
    """The memory in MB of the largest card that the driver tells of; 0 where there is none.

    CUDA_VISIBLE_DEVICES may hide all cards from torch.
    """
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        return 0.0
    try:
        nvml = cast(CardDriver, importlib.import_module("pynvml"))
    except ImportError:
        return 0.0
    try:
        nvml.nvmlInit()
        handles = map(nvml.nvmlDeviceGetHandleByIndex, range(nvml.nvmlDeviceGetCount()))
        sizes = [nvml.nvmlDeviceGetMemoryInfo(handle).total for handle in handles]
    except nvml.NVMLError:
        return 0.0
    return round(max(sizes, default=0) / MB, 1)
