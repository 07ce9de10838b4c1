"""Building a homework's data, by the baselines' own command: the server never imports them."""

import subprocess
from pathlib import Path

from grader.messages import Message, joined
from grader.processes import end_group, own_environment, start
from server.domain.errors import Invalid
from server.settings import Settings

QUOTED = 2000  # characters of the builder's last words
SEED = "SPLITBOARD_BUILD_SEED"  # in the environment, which unlike arguments other users cannot list


def start_build(
    settings: Settings, name: str, out: Path, *, seed: int | None = None, source: Path | None = None
) -> "subprocess.Popen[bytes]":
    """Start to build the homework `name` into `out`; hand the process to `finish_build`.

    seed: of the data and the split; None is the seed for demonstrations, which anybody can read. source: a
    folder with the real homework's files, from which it is then built.
    """
    root = str(settings.homeworks_dir.resolve())
    arguments = ["build", name, "--out", str(out), "--homeworks", root]
    if source is not None:
        arguments += ["--from", str(source.resolve())]
    surroundings = own_environment()
    surroundings.pop(SEED, None)
    if seed is not None:
        surroundings[SEED] = str(seed)
    return start(
        "baselines", arguments, environment=surroundings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def finish_build(building: "subprocess.Popen[bytes]") -> None:
    """Wait until it is built; raises Invalid with the builder's last words."""
    output, _ = building.communicate()
    end_group(building)  # its guard, which waits for us
    if building.returncode != 0:
        words = output.decode(errors="replace").strip()[-QUOTED:]
        raise Invalid(joined(Message("The homework could not be built."), words))
