"""The process in which one tier trains: `python -m baselines.child`, started by run.py alone.

Arguments: tier, seed, homework folder, folder of public files, file for the predictions, file for the report.
"""

import json
import os
import platform
import resource
import sys
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from baselines.cost import device_gflops, gpu_peak_memory_mb, meter_of
from baselines.homework import load_script

LIBRARIES = {"numpy": "numpy", "pandas": "pandas", "sklearn": "scikit-learn", "torch": "torch"}


def main(arguments: list[str]) -> None:
    """Train the tier, write its predictions, then the report: the sign that all went well."""
    tier, seed, folder, public, predictions, report = arguments
    script = load_script(Path(folder) / f"{tier}.py")
    device = choose_device()
    gflops = device_gflops(device)
    with meter_of(device) as meter:
        table = script.predict(Path(public), seed=int(seed), device=device)
    table.to_csv(predictions, index=False, lineterminator="\n")
    cost = meter.cost(gpu_peak_memory_mb=gpu_peak_memory_mb(device), gflops=gflops)
    report_table = {"device": device_name(device), "peak_memory_mb": peak_memory_mb(), "versions": versions()}
    report_table |= {"processor_seconds": round(time.process_time(), 2), "cost": asdict(cost)}
    Path(report).write_text(json.dumps(report_table), encoding="utf-8")


def choose_device() -> str:
    """The name "cuda" when the tier has imported torch and torch finds a card, else "cpu"."""
    torch = sys.modules.get("torch")
    return "cuda" if torch is not None and torch.cuda.is_available() else "cpu"


def device_name(device: str) -> str:
    """What to call the device on a board, such as "NVIDIA H200" or "CPU, x86_64, 2 cores"."""
    if device == "cuda":
        return str(sys.modules["torch"].cuda.get_device_name())
    return f"CPU, {platform.machine()}, {os.cpu_count()} cores"


def peak_memory_mb() -> float:
    """The most memory this process held at a time, in MiB, that of the graphics card apart."""
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20, 1)


def versions() -> dict[str, str]:
    """The versions of Python and of the libraries that the tier has imported."""
    used = {name: version(package) for name, package in LIBRARIES.items() if name in sys.modules}
    return {"python": platform.python_version(), **used}


if __name__ == "__main__":
    main(sys.argv[1:])
