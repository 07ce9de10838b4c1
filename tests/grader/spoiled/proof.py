"""Draw spoiled uploads and spoiled keys, grade them, and list those that are misread in silence; none may be.

.venv/bin/python -m tests.grader.spoiled.proof [--uploads 10000] [--keys 2000] [--seed 0]
"""

import argparse
import math
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from grader.answer_keys.answer_key import AnswerKey
from grader.answer_keys.key_warnings import key_warnings
from grader.errors import InvalidAnswerKey, InvalidSubmission
from grader.grade import Grade, grade
from grader.metrics import METRICS
from tests.grader.spoiled.competitions import Competition, competition
from tests.grader.spoiled.reading import Unreadable, meaning
from tests.grader.spoiled.spoils import KEY_SPOILS, ROW_SPOILS, spoiled

NAMES = sorted(METRICS)
KEPT = 30  # uploads drawn for one competition before the next one is made
TOLD = {
    "odd_labels",
    "marks_in_labels",
    "similar_labels",
}  # warnings of a key that say how its labels may be misread


@dataclass(frozen=True)
class Case:
    """A competition with an upload and a key, one of which is spoiled in the way that `spoils` names."""

    competition: Competition
    spoils: str
    upload: bytes
    key_file: bytes

    def __str__(self) -> str:
        right = self.competition.upload_file
        data = self.key_file if self.upload == right else self.upload
        return f"{self.competition.metric} [{self.spoils}]\n    {data[:300]!r}"


@dataclass
class Verdicts:
    """How many files were refused or scored, and those that were misread with what differs."""

    counts: Counter[str] = field(default_factory=Counter)
    misread: list[tuple[Case, str]] = field(default_factory=list)


def judge_uploads(files: int, seed: int) -> Verdicts:
    """Grade so many spoiled uploads, of all metrics."""
    draw, verdicts = Random(seed), Verdicts()
    while verdicts.counts.total() < files:
        one = competition(draw.choice(NAMES), draw)
        key = AnswerKey.from_csv(one.key_file, one.spec)
        for _ in range(min(KEPT, files - verdicts.counts.total())):
            spoils, data = spoiled(draw, one.upload_rows, ROW_SPOILS)
            _judge(verdicts, Case(one, spoils, upload=data, key_file=one.key_file), partial(grade, data, key))
    return verdicts


def judge_keys(files: int, seed: int) -> Verdicts:
    """Grade a right upload by so many spoiled keys."""
    draw, verdicts = Random(seed), Verdicts()
    while verdicts.counts.total() < files:
        one = competition(draw.choice(NAMES), draw)
        for _ in range(min(KEPT, files - verdicts.counts.total())):
            spoils, data = spoiled(draw, one.key_rows, KEY_SPOILS)
            case = Case(one, spoils, upload=one.upload_file, key_file=data)
            _judge(verdicts, case, partial(_by_key, data, one))
    return verdicts


def _by_key(data: bytes, one: Competition) -> Grade | str:
    key = AnswerKey.from_csv(data, one.spec)
    codes = sorted({warning.code for warning in key_warnings(key)} & TOLD)
    return codes[0] if codes else grade(one.upload_file, key)


def _judge(verdicts: Verdicts, case: Case, outcome: Callable[[], Grade | str]) -> None:
    """Count one file, and keep it where it was misread."""
    try:
        scores = outcome()
    except (InvalidSubmission, InvalidAnswerKey):
        verdicts.counts["refused"] += 1
        return
    if isinstance(scores, str):
        verdicts.counts["warned of"] += 1
        return
    verdicts.counts["scored"] += 1
    difference = _difference(case, scores)
    if difference:
        verdicts.misread.append((case, difference))


def _difference(case: Case, scores: Grade) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the oracles, which are others' libraries
            meant = meaning(case.upload, case.key_file, case.competition)
    except Unreadable as error:
        return f"scored {scores.public}, though nobody can read it: {error}"
    tolerance = case.competition.proof.tolerance
    pairs = ((scores.public, meant.public), (scores.private, meant.private))
    if all(math.isclose(*pair, rel_tol=tolerance, abs_tol=1e-9) for pair in pairs):
        return ""
    return f"scored {scores.public}, {scores.private}; meant {meant.public}, {meant.private}"


def main() -> int:
    """Print how many files there were of each verdict, and those that were misread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uploads", type=int, default=10_000)
    parser.add_argument("--keys", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    misread = 0
    for noun, judge, files in (
        ("uploads", judge_uploads, options.uploads),
        ("keys", judge_keys, options.keys),
    ):
        began = time.perf_counter()
        verdicts = judge(files, options.seed)
        for case, difference in verdicts.misread[:20]:
            sys.stdout.write(f"{difference}: {case}\n")
        counts = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(verdicts.counts.items()))
        seconds = time.perf_counter() - began
        sys.stdout.write(
            f"{files:,} spoiled {noun}: {counts}, {len(verdicts.misread)} misread; {seconds:.0f} s\n"
        )
        misread += len(verdicts.misread)
    return 1 if misread else 0


if __name__ == "__main__":
    sys.exit(main())
