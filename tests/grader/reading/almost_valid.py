"""Files that are nearly submissions, and what the grader and the slow reader make of them.

    .venv/bin/python -m tests.grader.reading.almost_valid [--files 100000] [--seed 0]

grades so many of them in both ways and lists those on which the two disagree; none may.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable

import numpy as np

from grader.answer_keys.answer_key import AnswerKey
from grader.errors import InvalidSubmission
from grader.grade import grade
from grader.metrics import METRICS, Columns
from grader.metrics.fields import LABEL, NumberField
from grader.spec import GradingSpec
from tests.grader.cases import ORACLES, written
from tests.grader.metrics import reference

KINDS_OF_IDS = {
    "dense": ["7", "8", "9", "10", "11", "12"],
    "from zero": ["0", "1", "2", "3", "4", "5"],
    "sparse": ["0", "7", "70", "700", "7000000", "16"],
    "padded": ["007", "008", "009", "010", "011", "7"],
    "names": ["a", "b ", "img_1.jpg", "é", "7.0", "007"],
    "one width": ["img_0001", "img_0002", "img_0003", "img_0010", "img_0011", "img_0012"],
}
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
SPELLINGS_OF_IDS: list[Callable[[str], str]] = [
    # Quoted, padded, signed.
    '"{}"'.format, " {}".format, "{} ".format, "\t{}".format, "+{}".format, "-{}".format, str.upper,
    # The same number, spelt otherwise.
    "0{}".format, "{}.0".format, "{}e0".format, lambda x: x.lstrip("0"), lambda x: x.translate(FULL_WIDTH),
    # A quote, NUL, newline, comma or separator where none belongs.
    '"{}'.format, '{}"'.format, '"{}"x'.format, '"{}\n"'.format, "{}\n".format, "{}\0".format, "{},".format,
    "\u2028{}".format,
    # Another id, or none.
    *(lambda _, other=other: other for other in ("7", "10", "", "0x7", "0x10", "9" * 25)),
]  # fmt: skip
GOOD_NUMBERS = [
    "0", "1", "0.5", "1.0", ".5", "1.", "0.25", "1e-3", "0.1E0", "+0.5", "-0", "00.5", "0.123456789012345678",
]  # fmt: skip
BAD_NUMBERS = [
    # Nothing, or half a number.
    "", ".", "+", "-", "e5", "1e", "--1", "1.2.3", "0.5f", "1d0", "None",
    # Blanks, quotes, separators.
    " 0.5", "0.5 ", "\t0.5", "\u00a00.5", "0.5\0", '"0.5"', '" 0.5"', '"0.5', "1,5", '"0,5"', "1_000",
    # What some readers take for numbers.
    "nan", "NaN", "-nan", "inf", "Infinity", "0x1p3", "0x1", "０.５",
    # Out of a float's range, or out of the metric's.
    "1e400", "-1e400", "1e101", "1e-400", "1.5", "-0.5",
]  # fmt: skip
LABELS = [
    "0", "1", "1", "0", "2", "17", "01", "1.0", "-1", "-0", "+1", "1_0", "cat", "１", '"1"', '"1"x', " 1", "",
    "1\0",
]  # fmt: skip
ODDITIES = [0, 1, 1, 2, 3]  # rows of a file with an unusual field
CHANGES = ["none"] * 12 + ["swap", "repeat", "drop", "blank", "blanks at end", "long", "short"]
TRUTH = ["0", "1", "0", "1", "1", "0"]


def key_for(metric: str, kind: str) -> AnswerKey:
    """A competition of six rows, three of them public, whose ids are of this kind."""
    rows = [
        [name, value, word]
        for name, value, word in zip(KINDS_OF_IDS[kind], TRUTH, ["Public"] * 3 + ["Private"] * 3, strict=True)
    ]
    return AnswerKey.from_csv(written([["id", "y", "Usage"], *rows]), GradingSpec(metric, "id", ("y",)))


def almost_valid_file(draw: random.Random, ids: list[str], values: list[str]) -> bytes:
    """A file that is nearly a submission: a few fields, rows or line ends are spelt in an unusual way."""
    rows = [["id", "y"], *([name, draw.choice("01")] for name in draw.sample(ids, len(ids)))]
    for _ in range(draw.choice(ODDITIES)):
        row = draw.choice(rows[1:])
        spellings: list[Callable[[str], str]] = [str, str, draw.choice(SPELLINGS_OF_IDS)]
        row[0] = draw.choice(spellings)(row[0])
        row[1] = draw.choice(values)
    at = draw.randint(1, len(ids))
    match draw.choice(CHANGES):
        case "swap":
            rows = [row[::-1] for row in rows]
        case "repeat":
            rows.insert(at, rows[-1])
        case "drop":
            del rows[at]
        case "blank":
            rows.insert(at, [""])
        case "blanks at end":
            rows += [[""], [""]]
        case "long":
            rows[at] = [*rows[at], "1"]
        case "short":
            rows[at] = rows[at][:1]
    data = written(rows, draw.choice(["\n", "\n", "\n", "\r\n", "\r"]))
    data = data.rstrip() if draw.randrange(6) == 0 else data
    if draw.randrange(40) == 0:
        place = draw.randint(0, len(data))
        data = data[:place] + draw.choice([b"\xff", b"\0", b'"', b"\n", b"\r", b",", b" "]) + data[place:]
    return data


def values_for(metric: str, draw: random.Random) -> list[str]:
    """What may stand in the values' column: in most files nothing wrong."""
    if METRICS[metric].predictions == LABEL:
        return draw.choice([["0", "1", "2", "17"], LABELS])
    return draw.choice([GOOD_NUMBERS, [*GOOD_NUMBERS, *BAD_NUMBERS]])


def outcome(data: bytes, key: AnswerKey) -> tuple[float, float] | str:
    """The two scores, or the word 'invalid'."""
    try:
        result = grade(data, key)
    except InvalidSubmission:
        return "invalid"
    return result.public, result.private


def expected_outcome(data: bytes, key: AnswerKey, truth: list[str]) -> tuple[float, float] | str:
    """The same by the slow reader."""
    ids = key.layout.ids.ids.to_pylist()
    metric = key.metric
    try:
        fields = reference.read(data, columns=["id", "y"], ids=ids)
        texts = [fields[name][0] for name in ids]
        if metric.answers == LABEL:
            both = np.array([[reference.whole_label(t) for t in texts], truth])
            _, codes = np.unique(both, return_inverse=True)
            predictions, answers = codes.reshape(2, -1)
        else:
            rule = key.layout.rules[0]
            assert isinstance(rule, NumberField)
            values = [reference.number(t, lowest=rule.lowest, highest=rule.highest) for t in texts]
            predictions, answers = np.array(values), np.array(truth, dtype=float)
            if metric.columns is Columns.MANY:
                predictions, answers = predictions[:, None], answers[:, None]
    except reference.Refused:
        return "invalid"
    return metric.function(answers[:3], predictions[:3]), metric.function(answers[3:], predictions[3:])


def disagreements(files: int, seed: int, outcomes: Counter[str] | None = None) -> list[tuple[str, bytes]]:
    """The files, with their metric, on which the two readers differ. outcomes: counts their verdicts."""
    draw = random.Random(seed)
    keys = {(metric, kind): key_for(metric, kind) for metric in ORACLES for kind in KINDS_OF_IDS}
    wrong = []
    for _ in range(files):
        (metric, kind), key = draw.choice([*keys.items()])
        data = almost_valid_file(draw, KINDS_OF_IDS[kind], values_for(metric, draw))
        verdict = outcome(data, key)
        if verdict != expected_outcome(data, key, TRUTH):
            wrong.append((metric, data))
        if outcomes is not None:
            outcomes["invalid" if verdict == "invalid" else "valid"] += 1
    return wrong


def main() -> int:
    """Print how many files there were of each verdict, and those on which the readers differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    began, outcomes = time.perf_counter(), Counter[str]()
    wrong = disagreements(options.files, options.seed, outcomes)
    for metric, data in wrong[:20]:
        sys.stdout.write(f"{metric} {data!r}\n")
    sys.stdout.write(
        f"{options.files:,} files, {outcomes['valid']:,} valid and {outcomes['invalid']:,} invalid: "
        f"{len(wrong)} disagreements, {time.perf_counter() - began:.0f} s\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
