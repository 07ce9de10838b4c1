"""Building a homework's data, by the baselines' own command: the server never imports them."""

import os
import subprocess
import sys
from pathlib import Path

from server.domain.errors import Invalid
from server.settings import PROJECT, Settings

QUOTED = 2000  # characters of the builder's last words
SEED = "SPLITBOARD_BUILD_SEED"  # in the environment, which unlike arguments other users cannot list


def start_build(
    settings: Settings, name: str, out: Path, *, seed: int | None = None, source: Path | None = None
) -> "subprocess.Popen[str]":
    """Start to build the homework `name` into `out`; hand the process to `finish_build`.

    seed: of the data and the split; None is the seed for demonstrations, which anybody can read. source: a
    folder with the real homework's files, from which it is then built.
    """
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH", "")]))
    root = str(settings.homeworks_dir.resolve())
    command = [sys.executable, "-m", "baselines", "build", name, "--out", str(out), "--homeworks", root]
    if source is not None:
        command += ["--from", str(source.resolve())]
    environment = {**os.environ, "PYTHONPATH": path}
    environment.pop(SEED, None)
    if seed is not None:
        environment[SEED] = str(seed)
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )


def finish_build(building: "subprocess.Popen[str]") -> None:
    """Wait until it is built; raises Invalid with the builder's last words."""
    output, _ = building.communicate()
    if building.returncode != 0:
        raise Invalid(f"The homework could not be built. {output.strip()[-QUOTED:]}")
