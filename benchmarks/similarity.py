"""What comparing all teams of a large class costs, against one matrix product and a loop over all pairs.

    python benchmarks/similarity.py [--teams 1300] [--rows 100000] [--rounds 3]

read: the sketches of the files, once a file, from CSV bytes; as a share of scoring the same file. compare:
from kept sketches to the ranked pairs, with the counts of the first hundred. floor: one product of a matrix
of as many vectors and cells with itself. obvious: for each pair count the rows on which both are wrong alike
(labels, a byte each), or correlate the errors (numbers), over all rows, timed on some pairs and multiplied.
It has no expectation, and so no ranking that means anything. Each kind has a process of its own, so that its
peak memory is its own. Planted copies (0, 5 and 20 % of their rows changed)
tell whether what is fast also finds.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # two BLAS threads on a busy machine are many times slower than one

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from grader.grade import grade, read_answer_key
from grader.similarity.compare import Comparison, compare
from grader.similarity.error_cells import Answers
from grader.similarity.pair_facts import PairCounter
from grader.similarity.sketches import Sketcher
from grader.spec import GradingSpec

Result = TypeVar("Result")
KINDS = {"labels": "accuracy", "numbers": "rmse"}
COPIES = (0.0, 0.05, 0.2)
FILES_READ = 12  # of which the time of a read is the median
LOOP_VECTORS = 12  # whose pairs the obvious way is timed on
FACTS = 100
LABELS = 10


class SyntheticClass:
    """A class whose answers are made team by team. truth: (n_rows,)."""

    def __init__(self, kind: str, rows: int) -> None:
        rng = np.random.default_rng(0)
        self.is_labels, self.rows = kind == "labels", rows
        self.hard = rng.normal(0, 1, rows)
        self.tempting = rng.integers(0, LABELS, rows)
        self.truth = rng.integers(0, LABELS, rows) if self.is_labels else rng.normal(0, 1, rows).round(4)

    def vector(self, team: int) -> NDArray[np.generic]:
        """What a team says on all rows; the last teams copy from the first."""
        rng = np.random.default_rng(team + 1)
        if self.is_labels:
            right = rng.random(self.rows) < 1 / (1 + np.exp(self.hard - rng.normal(1.8, 0.4)))
            wrong = np.where(rng.random(self.rows) < 0.5, self.tempting, rng.integers(0, LABELS, self.rows))
            return np.where(right, self.truth, wrong)
        noise = rng.normal(0, 0.5, self.rows)
        return (self.truth + self.hard * rng.uniform(0.2, 0.6) + noise).round(4)

    def copy(self, number: int) -> NDArray[np.generic]:
        """A copy of team `number`, with that share of its rows from somebody who is not here."""
        is_changed = np.random.default_rng(number).random(self.rows) < COPIES[number % len(COPIES)]
        return np.where(is_changed, self.vector(1_000_000 + number), self.vector(number))


def csv_of(values: NDArray[np.generic], ids: NDArray[np.generic], usage: bool = False) -> bytes:
    """A file with these values; with Usage it is an answer key."""
    uses = np.random.default_rng(2).random(len(ids)) < 0.3
    rows = zip(ids.tolist(), values.tolist(), uses.tolist(), strict=True)
    lines = [f"{i},{v},{'Public' if u else 'Private'}" if usage else f"{i},{v}" for i, v, u in rows]
    return ("\n".join(["id,y,Usage" if usage else "id,y", *lines]) + "\n").encode()


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def peak_mib() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM")


def reading(sketcher: Sketcher, world: SyntheticClass, ids: NDArray[np.generic]) -> tuple[float, float]:
    """Seconds to sketch a file whose rows are shuffled, and how many times those of scoring it that is."""
    times, shares = [], []
    for team in range(FILES_READ):
        order = np.random.default_rng(team).permutation(len(ids))
        data = csv_of(world.vector(team)[order], ids[order])
        sketch_seconds, _ = timed(lambda data=data: sketcher.sketch(data))
        grade_seconds, _ = timed(lambda data=data: grade(data, sketcher.key))
        times.append(sketch_seconds)
        shares.append(sketch_seconds / grade_seconds)
    return median(times), median(shares)


def answers_of(world: SyntheticClass, sketcher: Sketcher, teams: int) -> Answers:
    """The kept sketches of a class: honest teams, and copies of the first as the last."""
    places = sampled(sketcher)
    copies = 2 * len(COPIES)
    vectors = [world.vector(team)[places] for team in range(teams - copies)]
    vectors += [world.copy(number)[places] for number in range(copies)]
    truth = world.truth[places]
    make = Answers.labels if world.is_labels else Answers.numbers
    table = np.array(vectors, dtype=np.int16 if world.is_labels else np.float32)
    return make(table, truth=truth, teams=np.arange(teams))


def ids_of(rows: int) -> NDArray[np.generic]:
    return np.random.default_rng(1).permutation(rows)


def sampled(sketcher: Sketcher) -> NDArray[np.int64]:
    """As many rows of the file as a sketch has, drawn alike."""
    rng = np.random.default_rng(3)
    return np.sort(rng.choice(sketcher.key.rows, len(sketcher.rows), replace=False))


def compare_class(answers: Answers) -> Comparison:
    comparison = compare(answers, most=1_000)
    counter = PairCounter(answers)
    for pair in comparison.pairs[:FACTS]:
        counter.facts(pair.one, pair.other)
    return comparison


def floor(answers: Answers) -> float:
    """Seconds of one product: as many cells as labels make, in single precision; for numbers in double."""
    cells, kind = len(answers.truth), np.float64
    if answers.is_labels:
        is_wrong = answers.vectors != answers.truth
        cells, kind = len(np.unique(np.nonzero(is_wrong)[1] * 1_000 + answers.vectors[is_wrong])), np.float32
    block = np.random.default_rng(0).random((len(answers.vectors), 4_096)).astype(kind)
    return sum(timed(lambda: block @ block.T)[0] for _ in range(-(-cells // 4_096)))


def obvious(world: SyntheticClass, teams: int) -> float:
    """Seconds of a loop over all pairs and rows, from some pairs."""
    vectors = [
        world.vector(team).astype(np.int8 if world.is_labels else np.float64) for team in range(LOOP_VECTORS)
    ]
    truth = world.truth.astype(vectors[0].dtype)

    def loop() -> None:
        for one in range(LOOP_VECTORS):
            for other in range(one):
                if world.is_labels:
                    np.count_nonzero((vectors[one] == vectors[other]) & (vectors[one] != truth))
                else:
                    np.corrcoef(vectors[one] - truth, vectors[other] - truth)

    pairs = LOOP_VECTORS * (LOOP_VECTORS - 1) // 2
    return timed(loop)[0] / pairs * (teams * (teams - 1) // 2)


def measure(kind: str, teams: int, rows: int, rounds: int) -> None:
    """One line of the table, in this process."""
    world, ids = SyntheticClass(kind, rows), ids_of(rows)
    key = read_answer_key(csv_of(world.truth, ids, usage=True), GradingSpec(KINDS[kind], "id", ("y",)))
    sketcher = Sketcher(key)
    read, share = reading(sketcher, world, ids)
    answers = answers_of(world, sketcher, teams)
    before = peak_mib()
    times, lowest = [], []
    for _ in range(rounds):
        seconds, comparison = timed(lambda: compare_class(answers))
        times.append(seconds)
        lowest.append(floor(answers))
    peak = peak_mib()
    loop = obvious(world, teams)
    copies = 2 * len(COPIES)
    hits = sum(pair.other - pair.one == teams - copies for pair in comparison.pairs[:copies])
    typical = median(times)
    floor_ratio = median(one / other for one, other in zip(times, lowest, strict=True))
    loop_ratio = loop / typical
    print(
        f"| {kind} | {read * 1e3:.1f} | {share:.2f} | {typical:.1f} | {floor_ratio:.1f} | {loop_ratio:,.0f} "
        f"| {peak:,.0f} ({peak - before:,.0f}) | {hits} of {copies} | {comparison.pairs[copies].index:.1f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--teams", type=int, default=1_300)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kind", choices=KINDS, help="measure one kind in this process")
    options = parser.parse_args()
    if options.kind:
        measure(options.kind, options.teams, options.rows, options.rounds)
        return
    print(f"{options.teams:,} teams, {options.rows:,} rows, {options.rounds} rounds\n")
    print(
        "| kind | read a file, ms | of scoring it | compare, s | compare / floor | obvious / compare", end=" "
    )
    print(
        "| peak MiB (of comparing) | copies found | index of the next pair |\n" + "| --- " * 9 + "|",
        flush=True,
    )
    for kind in KINDS:
        sizes = ["--teams", str(options.teams), "--rows", str(options.rows), "--rounds", str(options.rounds)]
        subprocess.run([sys.executable, __file__, "--kind", kind, *sizes], check=True)


if __name__ == "__main__":
    main()
