"""One view of many runs: a table of competitions and tiers, each cell saying how far its runs are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from baselines.homework import TIERS
from client.api.types.competitions import Run
from client.output.words import score_text

BAR = 8  # characters
STATES = ("succeeded", "failed", "stopped", "running", "requested")
COLOURS = {"succeeded": "green", "failed": "red", "stopped": "yellow", "running": "cyan", "requested": "dim"}
ENDED = frozenset({"succeeded", "failed", "stopped"})


@dataclass(frozen=True)
class Watched:
    """The runs that are watched, by the competition's slug, each list in the order of requests."""

    runs: Mapping[str, Sequence[Run]]

    @property
    def all(self) -> list[Run]:
        """Every run."""
        return [run for runs in self.runs.values() for run in runs]

    @property
    def has_ended(self) -> bool:
        """Whether there is nothing left to wait for."""
        return all(run.state in ENDED for run in self.all)

    @property
    def has_failed(self) -> bool:
        """Whether a run ended without a score: by its own fault, or by staff."""
        return any(run.state in ("failed", "stopped") for run in self.all)


def overview(watched: Watched) -> RenderableType:
    """The table and the totals below it."""
    table = Table(show_lines=True)
    table.add_column("competition")
    for tier in TIERS:
        table.add_column(tier)
    for slug, runs in watched.runs.items():
        cells = [[run for run in runs if run.tier == tier] for tier in TIERS]
        table.add_row(slug, *(_cell(cell) for cell in cells))
    return Group(table, Text(totals(watched.all)))


def totals(runs: Sequence[Run]) -> str:
    """How many runs stand where, and how long the last will still take by the queue's estimate.

    >>> run = Run(id=1, competition="a", homework="h", tier="boss", seed=0, state="running", seconds_left=90)
    >>> totals([run])
    '1 run: 1 running; about 2 min left'
    """
    counts = [(state, sum(run.state == state for run in runs)) for state in STATES]
    counts_text = ", ".join(f"{count} {state}" for state, count in counts if count)
    line = f"{len(runs)} {'run' if len(runs) == 1 else 'runs'}: {counts_text or 'nothing to wait for'}"
    left = [run.queue.ends_in for run in runs if run.queue is not None]
    left += [run.seconds_left for run in runs if run.seconds_left is not None]
    if left:
        line += f"; about {about(max(left))} left"
    waits_for_worker = any(run.queue is not None and run.queue.workers == 0 for run in runs)
    return line + (", once a worker comes" if waits_for_worker else "")


def about(seconds: float) -> str:
    """A length of time as an estimate is told.

    >>> about(43.2), about(100.0), about(9000.0)
    ('43 s', '2 min', '2.5 h')
    """
    if seconds < 59.5:
        return f"{max(1.0, seconds):.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.2g} h" if seconds < 99 * 3600 else f"{seconds / 86400:.0f} d"


def _cell(runs: Sequence[Run]) -> Text:
    """A line for each run of one tier; the seed where there are several."""
    lines = [Text(_words(run), style=COLOURS.get(run.state, "")) for run in runs]
    if len(runs) > 1:
        lines = [Text(f"{run.seed}: ").append_text(line) for run, line in zip(runs, lines, strict=True)]
    return Text("\n").join(lines) if lines else Text("-", style="dim")


def _words(run: Run) -> str:
    match run.state:
        case "succeeded":
            took = "" if run.seconds is None else f" in {about(run.seconds)}"
            return f"{score_text(run.public_score)}{took}"
        case "failed":
            return f"failed: {(run.error or 'no reason told').splitlines()[0][:60]}"
        case "running":
            return _progress(run)
        case "requested" if run.queue is not None:
            return f"place {run.queue.position}, ends in {about(run.queue.ends_in)}"
        case _:
            return run.state


def _progress(run: Run) -> str:
    left = "" if run.seconds_left is None else f" {about(run.seconds_left)}"
    progress = run.progress
    if progress is None or progress.epoch is None or not progress.epochs:
        return f"{'.' * BAR}{left}"
    filled = round(BAR * min(1.0, progress.epoch / progress.epochs))
    return f"{'#' * filled}{'.' * (BAR - filled)} {progress.epoch:g}/{progress.epochs:g}{left}"
