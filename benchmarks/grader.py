"""What scoring costs: grader.grade against the bare parse of the bytes, and against what a user would write.

    python benchmarks/grader.py [--rows 10000 100000 1000000] [--metrics accuracy rmse-10 ...] [--rounds 5]

ours / floor: floor is pyarrow's typed parse of the same bytes with one thread, and no check at all.
obvious / ours: obvious is read_csv, the usual checks, a merge, a split by Usage, and scikit-learn twice, with
the key's frame in memory. errors / ours: what the standard errors of both scores take on top, as a share of
scoring. All run in turn, round after round, and each ratio is the median over the rounds, so that a busy
machine slows all of them alike; times are of the processor, since others' work moves the clock far more.
Below: start time and memory, each measured in processes of its own.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # two BLAS threads on a busy machine are many times slower than one

import argparse
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.families import CASES, MetricFamily
from grader.answer_keys.answer_key import AnswerKey
from grader.check import read_and_align
from grader.grade import Grade, grade
from grader.reading.fields.values import Values
from grader.scores.uncertainty import score_and_error
from grader.spec import GradingSpec

Result = TypeVar("Result")
READ: dict[int, Values] = {}  # of the competition at hand
ROUNDS = {10_000: 11, 100_000: 7}  # 5 for more rows
LARGE = 500_000  # rows from which on the obvious way is timed once only: it takes seconds
IDS: dict[str, Callable[[np.ndarray], list[object]]] = {
    "int": lambda numbers: numbers.tolist(),
    "str": lambda numbers: [f"img_{number:08d}.jpg" for number in numbers.tolist()],
}


@dataclass(frozen=True)
class Workload:
    """A case's key in all the forms that the contestants keep in memory, and one submission as a frame."""

    case: MetricFamily
    key: AnswerKey
    key_frame: pd.DataFrame
    submission: pd.DataFrame
    types: dict[str, pa.DataType]


def competition(name: str, ids: str, rows: int) -> Workload:
    """A competition of `rows` rows by one of the cases."""
    case, rng = CASES[name], np.random.default_rng(0)
    truth, predictions = case.make(rng, rows)
    ids_column = pd.DataFrame({"id": IDS[ids](rng.permutation(rows))})
    usage = pd.DataFrame({"Usage": np.where(rng.random(rows) < 0.3, "Public", "Private")})
    key_frame = pd.concat([ids_column, truth, usage], axis=1)
    spec = GradingSpec(case.metric, "id", tuple(truth.columns), **case.settings)  # type: ignore[arg-type]
    key = AnswerKey.from_csv(csv_of(key_frame), spec)
    whole = all(pd.api.types.is_integer_dtype(kind) for kind in predictions.dtypes)
    value = pa.string() if case.texts else pa.int64() if whole else pa.float64()
    types = {"id": pa.int64() if ids == "int" else pa.string(), **dict.fromkeys(predictions.columns, value)}
    return Workload(case, key, key_frame, pd.concat([ids_column, predictions], axis=1), types)


def csv_of(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n").encode()


def floor(data: bytes, workload: Workload) -> None:
    """Parse the bytes into typed columns; nothing is checked, aligned or scored."""
    pyarrow.csv.read_csv(
        pa.BufferReader(data),
        read_options=pyarrow.csv.ReadOptions(use_threads=False),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=workload.types, null_values=[], strings_can_be_null=False
        ),
    )


def obvious(data: bytes, workload: Workload) -> tuple[float, float]:
    """What a careful user would write with pandas and scikit-learn."""
    key = workload.key_frame
    frame = pd.read_csv(io.BytesIO(data))
    names = [name for name in workload.types if name != "id"]
    if list(frame.columns) != ["id", *names] or len(frame) != len(key):
        raise ValueError("columns or rows")
    if frame["id"].duplicated().any() or frame[names].isna().any().any():
        raise ValueError("repeated ids or NaN")
    rows = key.merge(frame, on="id", how="inner", validate="1:1", suffixes=("_true", ""))
    if len(rows) != len(key):
        raise ValueError("unknown ids")
    targets = [name for name in key.columns if name not in ("id", "Usage")]
    scores = []
    for word in ("Public", "Private"):
        split = rows[rows["Usage"] == word]
        truth = split[[f"{name}_true" if name in names else name for name in targets]]
        scores.append(workload.case.oracle(truth.set_axis(targets, axis=1), split[names]))
    return scores[0], scores[1]


def compare(workload: Workload, name: str, order: str, rounds: int) -> list[object]:
    """One line of the table."""
    frame = workload.submission if order == "same" else workload.submission.sample(frac=1, random_state=1)
    data = csv_of(frame)
    seconds: list[list[float]] = [[], [], [], []]
    predictions_of(workload)  # so that no round's errors pay for reading
    for number in range(rounds):
        duration, result = timed(lambda: grade(data, workload.key))
        seconds[0].append(duration)
        seconds[1].append(timed(lambda: floor(data, workload))[0])
        if number == 0 or len(frame) < LARGE:
            duration, expected = timed(lambda: obvious(data, workload))
            seconds[2].append(duration)
            require_equal(result, expected)
        seconds[3].append(seconds_of_errors(workload))
    grader_times, floor_times, obvious_times, error_times = seconds
    to_floor = median(one / other for one, other in zip(grader_times, floor_times, strict=True))
    to_obvious = median(one / other for one, other in zip(obvious_times, grader_times, strict=False))
    to_errors = median(one / other for one, other in zip(error_times, grader_times, strict=True))
    times = [f"{median(round_times) * 1e3:.2f}" for round_times in seconds[:3]]
    ratios = [f"{to_floor:.2f}", f"{to_obvious:.1f}", f"{to_errors:.2f}"]
    return [f"{len(frame):,}", name, order, *times, *ratios]


def seconds_of_errors(workload: Workload) -> float:
    """How much longer both scores take with their standard errors than without, from the arrays on."""
    key = workload.key
    splits = [key.rows_of(predictions_of(workload), split) for split in (key.public, key.private)]
    alone, _ = timed(lambda: [rows.score() for rows in splits])
    with_errors, _ = timed(lambda: [score_and_error(rows) for rows in splits])
    return with_errors - alone


def predictions_of(workload: Workload) -> Values:
    """The submission in the key's order, read once for each competition."""
    if id(workload) not in READ:
        READ.clear()
        columns, places = read_and_align(csv_of(workload.submission), workload.key.layout)
        READ[id(workload)] = workload.key.arrange(columns.values, places)
    return READ[id(workload)]


def timed(run: Callable[[], Result]) -> tuple[float, Result]:
    """The seconds of the processor that a call took, and what it returned."""
    start = time.process_time()
    result = run()
    return time.process_time() - start, result


def require_equal(score: Grade, expected: tuple[float, float]) -> None:
    """A fast wrong answer would prove nothing."""
    if not np.allclose((score.public, score.private), expected, rtol=1e-10, atol=1e-12):
        raise AssertionError(f"{score} and {expected} differ")


def print_table(heads: list[str], lines: list[list[object]]) -> None:
    widths = [max(len(str(line[place])) for line in [heads, *lines]) for place in range(len(heads))]
    for line in [heads, *lines]:
        print(
            "  ".join(str(field).rjust(width) for field, width in zip(line, widths, strict=True)), flush=True
        )


def print_scoring(all_rows: list[int], metrics: list[str], rounds: int | None) -> None:
    """Print a table for each number of rows and form of ids."""
    heads = ["rows", "metric", "order", "ours ms", "floor ms", "obvious ms", "ours/floor", "obvious/ours"]
    heads.append("errors/ours")
    for rows in all_rows:
        for ids in IDS:
            lines = []
            for name in (name for name in metrics if rows <= CASES[name].most):
                workload = competition(name, ids, rows)
                for order in ("shuffled", "same"):
                    lines.append(compare(workload, name, order, rounds or ROUNDS.get(rows, 5)))
            print(f"\n{ids} ids")
            print_table(heads, lines)


STARTS = {"bare": "pass", "ours": "import grader.grade", "obvious": "import pandas, sklearn.metrics"}
HELD = """
from pathlib import Path
def held(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))
"""
MEMORY_OF_SCORING = """
import ctypes, gc, sys
import pyarrow
key_file, data = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2]).read_bytes()
{prepare}
del key_file; gc.collect(); pyarrow.default_memory_pool().release_unused(); ctypes.CDLL(None).malloc_trim(0)
Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew at what is held now
before = held("VmRSS")
{score}
print((held("VmHWM") - before) / 1024)
"""
PREPARE_AND_SCORE = {
    "ours": (
        "from grader.answer_keys.answer_key import AnswerKey\nfrom grader.grade import grade\n"
        "from grader.spec import GradingSpec\n"
        "key = AnswerKey.from_csv(key_file, GradingSpec('roc_auc', 'id', ('y',)))",
        "grade(data, key)",
    ),
    "obvious": (
        "import io\nfrom types import SimpleNamespace\nfrom benchmarks.grader import CASES, obvious, pd\n"
        "workload = SimpleNamespace(case=CASES['roc_auc'], key_frame=pd.read_csv(io.BytesIO(key_file)),\n"
        "                           types={'id': None, 'y': None})",
        "obvious(data, workload)",
    ),
}


def in_a_process(first: str, then: str, *arguments: str) -> tuple[float, float]:
    """The number that the code prints, and the seconds its process lived."""
    code = f"{first}\n{HELD}\n{then}"
    start = time.perf_counter()
    process = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        check=True, capture_output=True, text=True, cwd=Path(__file__).resolve().parent.parent,
    )  # fmt: skip
    return float(process.stdout), time.perf_counter() - start


def print_processes(rows: int) -> None:
    """Print what a scoring process costs before and while it scores."""
    runs = [
        {name: in_a_process(STARTS[name], "print(held('VmHWM') / 1024)") for name in STARTS} for _ in range(5)
    ]
    memory = {name: median(run[name][0] - run["bare"][0] for run in runs) for name in STARTS}
    seconds = {name: median(run[name][1] - run["bare"][1] for run in runs) for name in STARTS}
    print("\nstart of a process, over a bare interpreter")
    lines: list[list[object]] = [
        [
            unit,
            *(f"{amounts[name]:.2f}" for name in PREPARE_AND_SCORE),
            f"{amounts['ours'] / amounts['obvious']:.2f}",
        ]
        for unit, amounts in (("seconds", seconds), ("MiB", memory))
    ]
    print_table(["", "ours", "obvious", "ours/obvious"], lines)
    print_peaks(rows)


def print_peaks(rows: int) -> None:
    """Print the peak memory while one large file is scored."""
    workload = competition("roc_auc", "str", rows)
    data = csv_of(workload.submission.sample(frac=1, random_state=1))
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("key.csv", "pred.csv")]
        for file, content in zip(files, (csv_of(workload.key_frame), data), strict=True):
            file.write_bytes(content)
        peaks = {
            name: in_a_process("", MEMORY_OF_SCORING.format(prepare=prepare, score=score), *map(str, files))[
                0
            ]
            for name, (prepare, score) in PREPARE_AND_SCORE.items()
        }
    size = len(data) / 2**20
    print(
        f"\npeak memory while scoring roc_auc of {rows:,} shuffled rows, str ids, over what was held before"
    )
    lines = [[name, f"{peak:.0f}", f"{peak / size:.1f}"] for name, peak in peaks.items()]
    print_table(["", "MiB", "times the file"], lines)


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--metrics", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument(
        "--rounds", type=int, help="the same number for all; by default fewer for larger files"
    )
    options = parser.parse_args()
    print_scoring(options.rows, options.metrics, options.rounds)
    print_processes(max(options.rows))


if __name__ == "__main__":
    main()
