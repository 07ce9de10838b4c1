"""Building a homework's data, by the baselines' own command: the server never imports them."""

import subprocess
from pathlib import Path

from grader.messages import Message, joined
from grader.processes.children import end_group, own_environment, start
from server.domain.errors import Invalid
from server.domain.files import build_secrets
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


def build_secretly(
    settings: Settings, folder: Path, *, course: str, slug: str, source: Path | None = None
) -> Path:
    """Build the homework's data with the seed of this course and competition; where they stand then.

    Its key can be made again from the installation's secret alone: the repository does not give it away.
    Raises Invalid with the builder's last words.
    """
    out = settings.data_dir / "built" / course / slug
    build_settings = settings.model_copy(update={"homeworks_dir": folder.parent})
    seed = build_secrets.seed_of(settings.data_dir, course=course, slug=slug)
    finish_build(start_build(build_settings, folder.name, out, seed=seed, source=source))
    return out


def finish_build(building: "subprocess.Popen[bytes]") -> None:
    """Wait until it is built; raises Invalid with the builder's last words."""
    output, _ = building.communicate()
    end_group(building)  # its guard, which waits for us
    if building.returncode != 0:
        words = output.decode(errors="replace").strip()[-QUOTED:]
        raise Invalid(joined(Message("The homework could not be built."), words))
