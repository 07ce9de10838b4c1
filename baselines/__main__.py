"""The commands around homeworks and their baselines: build them, train tiers, measure, and work for a server.

Nothing heavy is imported here: pandas is loaded when data are built, torch in the child processes that train.
"""

import logging
import os
import secrets
import signal
import sys
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from baselines.build import build_homework, build_homework_from, build_homework_with_seed
from baselines.commands.runs import run, stop, watch
from baselines.commands.scores import check, measure, table
from baselines.commands.show import Listener
from baselines.commands.terminal import HomeworkName, Root, clear_words, console
from baselines.homework import HOMEWORKS, homework_named
from baselines.run import TierRun, limit_seconds, run_tier
from baselines.worker.folder import require_own_folder
from baselines.worker.serve import serve
from baselines.worker.settings import WorkerSettings
from baselines.worker.shift import Shift, instant
from grader.processes.children import PROJECT

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
# One run at a time, in this very process: there is one card, and the child does the work.
STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)  # a cluster sends one before it takes the machine
CELERY = ("worker", "--queues=gpu", "--pool=solo", "--loglevel=INFO", "--without-mingle", "--without-gossip")

for command in (check, measure, table, run, watch, stop):
    app.command()(command)


@app.command()
def build(
    name: HomeworkName,
    out: Annotated[Path, typer.Option(help="Folder for public/ and private/.")],
    seed: Annotated[
        int | None,
        typer.Option(
            envvar="SPLITBOARD_BUILD_SEED", help="Seed of the data. For a real course a long secret one."
        ),
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help="Folder of the real homework's files, to build from.")
    ] = None,
    root: Root = HOMEWORKS,
) -> None:
    """Make the data of a homework: public/ for students, private/answer_key.csv for the server alone."""
    with clear_words():
        homework = homework_named(name, root=root)
        if source is not None:
            split_seed = secrets.randbits(128) if seed is None else seed
            build_homework_from(homework, out, source=source, seed=split_seed)
        elif seed is not None:
            build_homework_with_seed(homework, out, seed=seed)
        else:
            build_homework(homework, out)
            console.print("Built with the demonstration seed, which anybody can read. A course needs --seed.")
    console.print(f"{homework.name} stands in {out}", highlight=False)


@app.command()
def train(
    name: HomeworkName,
    tier: Annotated[str, typer.Argument(help="simple, medium, strong or boss.")],
    data: Annotated[Path, typer.Option(help="Folder of the public files, or the folder that holds public/.")],
    out: Annotated[Path, typer.Option(help="File for the predictions.")],
    seed: int = 0,
    root: Root = HOMEWORKS,
) -> None:
    """Train one tier here, without any server, and write its predictions."""
    with (
        clear_words(),
        tempfile.TemporaryDirectory() as scratch,
        Listener(console, f"{name} {tier}") as listener,
    ):
        homework = homework_named(name, root=root)
        public = data / "public" if (data / "public").is_dir() else data
        run = TierRun(
            homework=homework,
            tier=tier,
            seed=seed,
            public=public,
            folder=Path(scratch),
            limit_seconds=limit_seconds(homework.tier(tier)),
        )
        report = run_tier(run, tell=listener.hear, is_wanted=lambda: True)
        out.write_bytes(run.predictions.read_bytes())
    console.print(
        f"{out}: {report.seconds:.1f} s on {report.device}, {report.peak_memory_mb:.0f} MiB", highlight=False
    )


@app.command()
def worker(
    once: Annotated[bool, typer.Option("--once", help="End after one run.")] = False,
    idle: Annotated[
        float | None, typer.Option(min=0, metavar="SECONDS", help="End when no run came for so long.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="End then, and take no run that usually takes longer: 2030-03-13T12:00, 12:00, or Unix "
            "seconds.",
        ),
    ] = None,
) -> None:
    """Train baselines for a server until stopped; behind Redis where SPLITBOARD_REDIS_URL is set.

    SIGTERM, SIGINT and SIGUSR1 stop it: the run that it trains is given back at once, and the try does not
    count. With --once, --idle or --until it asks the server by itself, Redis or not.
    """
    with clear_words():
        settings = WorkerSettings.from_environment()
        require_own_folder(settings.work_dir)
        end = None if until is None else instant(until, now=datetime.now(UTC))
        shift = Shift(once=once, idle_seconds=idle, until=end)
        if os.environ.get("SPLITBOARD_REDIS_URL") and not shift.is_limited:
            become_celery(settings)
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
        stop = threading.Event()
        for number in STOPS:
            signal.signal(number, lambda *_: stop.set())
        serve(settings, stop=stop, shift=shift)


def become_celery(settings: WorkerSettings) -> None:
    """Replace this process by Celery's worker, which reads the same environment; does not return."""
    os.environ["PYTHONPATH"] = str(PROJECT)
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "baselines.worker.celery_app",
        *CELERY,
        f"--hostname={settings.name}",
    ]
    os.execv(sys.executable, command)  # noqa: S606  # our own program, with our own words


if __name__ == "__main__":
    app()
