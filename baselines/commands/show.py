"""What a person at the terminal sees: a training's progress, tables of scores, the runs of a competition."""

from collections.abc import Sequence

from rich.console import Console
from rich.live import Live
from rich.table import Table

from baselines.measure import Training
from client.api.types.competitions import Progress, Run
from client.output.words import score_text

NOTHING = "-"


def progress_text(progress: Progress | None) -> str:
    """How far a training is.

    >>> progress_text(Progress(epoch=3, epochs=16, loss=1.25, seconds_left=41.0))
    'epoch 3 of 16, loss 1.2500, 41 s left'
    """
    if progress is None or progress.epoch is None:
        return NOTHING
    parts = [f"epoch {progress.epoch:g} of {progress.epochs:g}"]
    if progress.loss is not None:
        parts.append(f"loss {progress.loss:.4f}")
    if progress.score is not None:
        parts.append(f"score {progress.score:.4f}")
    if progress.seconds_left is not None:
        parts.append(f"{progress.seconds_left:.0f} s left")
    return ", ".join(parts)


class Listener:
    """Shows one training on the terminal: its progress on one line that changes, its log above."""

    def __init__(self, console: Console, label: str) -> None:
        self._console, self._label = console, label
        self._live = Live(label, console=console, transient=True, auto_refresh=False)

    def __enter__(self) -> "Listener":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def hear(self, progress: Progress | None, text: str) -> None:
        """Show news as run_tier tells them."""
        self.hear_one(self._label, progress, text)

    def hear_one(self, label: str, progress: Progress | None, text: str) -> None:
        """Show news of one of several trainings side by side; safe from any thread."""
        if text:
            self._console.print(text, end="", markup=False, highlight=False)
        if progress is not None:
            self._live.update(f"{label}: {progress_text(progress)}", refresh=True)


def trainings_table(title: str, trainings: Sequence[Training]) -> Table:
    """A table with a line for each training."""
    table = Table(title=title, title_justify="left")
    for name in ("tier", "seed", "public", "private", "seconds", "MiB", "device"):
        table.add_column(name, justify="left" if name in ("tier", "device") else "right")
    for training in trainings:
        scores = (score_text(training.public), score_text(training.private))
        cost = (
            f"{training.report.seconds:.1f}",
            f"{training.report.peak_memory_mb:.0f}",
            training.report.device,
        )
        table.add_row(training.tier, str(training.seed), *scores, *cost)
    return table


def runs_table(title: str, runs: Sequence[Run]) -> Table:
    """A table with a line for each baseline run, as the server tells of them."""
    table = Table(title=title, title_justify="left")
    for name in (
        "run",
        "tier",
        "seed",
        "state",
        "progress",
        "public",
        "private",
        "seconds",
        "worker or error",
    ):
        table.add_column(
            name, justify="right" if name in ("run", "seed", "public", "private", "seconds") else "left"
        )
    for run in runs:
        words = run.error.splitlines()[0] if run.error else run.worker or NOTHING
        seconds = NOTHING if run.seconds is None else f"{run.seconds:.1f}"
        progress = progress_text(run.progress) if run.state == "running" else NOTHING
        scores = (score_text(run.public_score), score_text(run.private_score))
        table.add_row(str(run.id), run.tier, str(run.seed), run.state, progress, *scores, seconds, words)
    return table
