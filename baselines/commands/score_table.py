"""docs/homeworks.md: what every tier scores, how far that varies, what it costs; from the measured files."""

import ast
import re
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from baselines.expected import CPU_FILE, GPU_FILE, Expected, Measurements, read_measurements, spread
from baselines.homework import TIERS, Homework, HomeworkError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "homeworks.md"
NOT_MEASURED = "not measured"
HEAD = """\
# The homeworks and what their tiers score

{count} homeworks come with Splitboard, each with small data of its own making, four tiers, a page for
students in English and Traditional Chinese, starter code and a notebook. What every tier scores on the small
data is measured, never typed: `./splitboard baselines measure hw03` trains a homework's tiers with five seeds
and writes `expected.toml` into its folder, `./splitboard baselines check` trains all of them again and
compares, and this page is written by

    ./splitboard baselines table

Scores are means over five training seeds on one and the same data, +- half the distance between the best and
the worst. A tier counts as a tier only if its worst run beats the best run of the tier below it, on both
halves; `check` fails where it does not. CPU minutes are processor time of one training, which on an idle core
is what the clock shows, the start of Python and PyTorch included (about two seconds). GPU minutes are wall
time.
"""
COLUMNS = "| tier | idea | public | private | CPU minutes | memory, MiB | GPU minutes | GPU private |\n"
RULE = "| --- | --- | --- | --- | --- | --- | --- | --- |\n"


def page(homeworks: Sequence[Homework]) -> str:
    """The page for these homeworks; raises HomeworkError for one that was never measured."""
    head = HEAD.format(count=len(homeworks))
    return "\n".join([head, *map(_section, homeworks), _devices(homeworks)])


def _section(homework: Homework) -> str:
    cpu, gpu = read_measurements(homework, CPU_FILE), read_measurements(homework, GPU_FILE)
    if cpu is None:
        raise HomeworkError(homework.folder, [f"It has no {CPU_FILE}; `measure {homework.name}` writes it."])
    direction = "larger" if homework.spec.higher_is_better else "smaller"
    head = f"## {homework.title}\n\n`{homework.name}`, {_metric(homework)}, {direction} is better.\n\n"
    rows = [_row(name, idea(homework, name), cpu.tiers[name], gpu) for name in TIERS if name in cpu.tiers]
    return head + COLUMNS + RULE + "".join(rows)


def _metric(homework: Homework) -> str:
    return "a metric of its own (`metric.py`)" if homework.spec.custom else f"`{homework.metric}`"


def idea(homework: Homework, tier: str) -> str:
    """The tier's idea in its script's own words: what its first sentence says after the tier's name.

    Raises HomeworkError for a script that does not begin with one.
    """
    text = ast.get_docstring(ast.parse((homework.folder / f"{tier}.py").read_text(encoding="utf-8"))) or ""
    sentence = re.match(rf"{tier}: (.+?)\. ", text, flags=re.IGNORECASE)
    if sentence is None:
        words = f'{tier}.py must begin with a docstring: "{tier.capitalize()}: the idea. Expect private ..."'
        raise HomeworkError(homework.folder, [words])
    return sentence[1]


def _row(name: str, words: str, cpu: Expected, gpu: Measurements | None) -> str:
    on_card = gpu.tiers.get(name) if gpu else None
    cells = [
        name,
        words,
        score_text(cpu.public),
        score_text(cpu.private),
        f"{cpu.seconds / 60:.2f}",
        f"{cpu.megabytes:.0f}",
        f"{on_card.seconds / 60:.2f}" if on_card else NOT_MEASURED,
        score_text(on_card.private) if on_card else NOT_MEASURED,
    ]
    return f"| {' | '.join(cells)} |\n"


def score_text(scores: Sequence[float]) -> str:
    """Mean and spread with as many decimals as tell three digits of the mean.

    >>> score_text([0.8, 0.82])
    '0.810 +- 0.010'
    >>> score_text([-110.0, -90.0])
    '-100.0 +- 10.0'
    """
    size = abs(fmean(scores))
    decimals = 3 if size < 10 else 1
    return f"{fmean(scores):.{decimals}f} +- {spread(scores):.{decimals}f}"


def _devices(homeworks: Sequence[Homework]) -> str:
    lines = ["## Measured with", ""]
    for name, words in ((CPU_FILE, "CPU"), (GPU_FILE, "GPU")):
        files = [read_measurements(homework, name) for homework in homeworks]
        devices = sorted({f"{file.device}: {file.measured_with}" for file in files if file is not None})
        lines += [f"- {words}: {text}" for text in devices or [NOT_MEASURED]]
    return "\n".join(lines) + "\n"
