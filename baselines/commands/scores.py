"""The commands that train all tiers to see what they score: measure, check and table."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from baselines.build import build_homework
from baselines.commands.score_table import PAGE, page
from baselines.commands.show import Listener, trainings_table
from baselines.commands.terminal import HomeworkName, Root, clear_words, console
from baselines.homework import HOMEWORKS, TIERS, Homework, HomeworkError, homework_named, homework_names
from baselines.measure import SEEDS, Training, problems_of, runnable_tiers, train_all, write_expected

Names = Annotated[list[str] | None, typer.Argument(help="Homework folders; all when none is named.")]
Seeds = Annotated[
    list[int] | None, typer.Option("--seed", help="A training seed; give it several times for several.")
]
Tiers = Annotated[
    list[str] | None,
    typer.Option("--tier", help="A tier to train; the others keep their figures. All when none is named."),
]
Jobs = Annotated[
    int,
    typer.Option(
        min=0,
        envvar="SPLITBOARD_JOBS",
        help="Trainings side by side; 0: one a core, or one in all where there is a graphics card.",
    ),
]


def usual_jobs() -> int:
    """How many trainings run side by side: one a core, or one in all where there is a card."""
    has_card = Path("/dev/nvidiactl").exists()
    return 1 if has_card else os.cpu_count() or 1


def check(homeworks: Names = None, seeds: Seeds = None, jobs: Jobs = 0, root: Root = HOMEWORKS) -> None:
    """Train all tiers with five seeds: is each score as recorded, are the tiers in order?"""
    problems: list[str] = []
    with clear_words():
        for name in homeworks or homework_names(root):
            homework = homework_named(name, root=root)
            homework_problems = problems_of(homework, train_and_show(homework, seeds or SEEDS, jobs))
            problems += [f"{homework.name}: {problem}" for problem in homework_problems]
    for problem in problems:
        console.print(problem, style="red", highlight=False)
    console.print("not as expected" if problems else "all scores as expected, all tiers in order")
    raise typer.Exit(1 if problems else 0)


def measure(
    name: HomeworkName,
    tiers: Tiers = None,
    seeds: Seeds = None,
    jobs: Jobs = 0,
    root: Root = HOMEWORKS,
) -> None:
    """Train all tiers with five seeds and write down what they score, in expected.toml of the homework."""
    with clear_words():
        homework = homework_named(name, root=root)
        names = [homework.tier(tier).name for tier in tiers or TIERS]
        without_torch = len(homework.tiers) - len(runnable_tiers(homework))
        if without_torch:
            raise HomeworkError(
                homework.folder, [f"{without_torch} tiers need torch, which is not installed here."]
            )
        path = write_expected(homework, train_and_show(homework, seeds or SEEDS, jobs, names))
    console.print(f"written to {path}", highlight=False)


def table(
    out: Annotated[Path, typer.Option(help="The page that holds the table.")] = PAGE, root: Root = HOMEWORKS
) -> None:
    """Write docs/homeworks.md: what every tier scores and costs, as measure wrote it down."""
    with clear_words():
        homeworks = [homework_named(name, root=root) for name in homework_names(root)]
        out.write_text(page(homeworks), encoding="utf-8")
    console.print(f"written to {out}", highlight=False)


def train_and_show(
    homework: Homework, seeds: Sequence[int], jobs: int, names: Sequence[str] = TIERS
) -> list[Training]:
    """Build the homework's demonstration data, train the named tiers with every seed, print the table."""
    tiers = [name for name in runnable_tiers(homework) if name in names]
    if skipped := [name for name in names if name not in tiers]:
        console.print(f"skipped, because torch is not installed: {', '.join(skipped)}")
    trainings: list[Training] = []
    with tempfile.TemporaryDirectory() as folder, Listener(console, homework.name) as listener:
        built = Path(folder, "data")
        build_homework(homework, built)
        for training in train_all(
            homework,
            built,
            tiers=tiers,
            seeds=seeds,
            jobs=jobs or usual_jobs(),
            scratch=Path(folder, "scratch"),
            hear=listener.hear_one,
        ):
            trainings.append(training)
    trainings.sort(key=lambda training: (tiers.index(training.tier), training.seed))
    console.print(trainings_table(f"{homework.name}: {homework.metric}", trainings))
    return trainings
