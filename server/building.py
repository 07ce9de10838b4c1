"""Building a homework's data, by the baselines' own command: the server never imports them."""

import os
import subprocess
import sys
from pathlib import Path

from server.domain.errors import Invalid
from server.settings import PROJECT, Settings

QUOTED = 2000  # characters of the builder's last words


def start_build(settings: Settings, name: str, out: Path) -> "subprocess.Popen[str]":
    """Start to build the homework `name` into `out`; hand the process to `finish_build`."""
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH", "")]))
    root = str(settings.homeworks_dir.resolve())
    return subprocess.Popen(
        [sys.executable, "-m", "baselines", "build", name, "--out", str(out), "--homeworks", root],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )


def finish_build(building: "subprocess.Popen[str]") -> None:
    """Wait until it is built; raises Invalid with the builder's last words."""
    output, _ = building.communicate()
    if building.returncode != 0:
        raise Invalid(f"The homework could not be built. {output.strip()[-QUOTED:]}")
