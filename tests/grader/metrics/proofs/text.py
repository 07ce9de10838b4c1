"""Proofs of the metrics of text."""

from collections.abc import Callable

import jiwer
import numpy as np

from tests.grader.metrics.proofs.proof import Edge, ExpectedRefusal, Proof, Row, Trial

WORDS = ["a", "ab", "cat", "the", "図書館", "naïve", "e\u0301", "x1"]


def sentences(rng: np.random.Generator, rows: int) -> Trial:
    """One to six words a row; a file that is half right."""
    truth = [[" ".join(rng.choice(WORDS, rng.integers(1, 7)))] for _ in range(rows)]
    predictions = [
        row if rng.random() < 0.3 else [" ".join(rng.choice(WORDS, rng.integers(0, 7)))] for row in truth
    ]
    return Trial(truth, predictions, truth)


def first(rows: list[Row]) -> list[str]:
    """The texts."""
    return [row[0] for row in rows]


def pooled(function: Callable[..., float]) -> Callable[[list[Row], list[Row]], float]:
    """An oracle of jiwer over all rows."""
    return lambda truth, predictions: float(function(first(truth), first(predictions)))


def edits(one: str, other: str) -> int:
    """The textbook's table."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def mean(score: Callable[[str, str], float]) -> Callable[[list[Row], list[Row]], float]:
    """An oracle that averages over the rows."""
    return lambda truth, predictions: float(
        np.mean([score(one, other) for one, other in zip(first(truth), first(predictions), strict=True)])
    )


def overlap(one: str, other: str) -> float:
    """Jaccard of words."""
    true, predicted = set(one.lower().split(" ")) - {""}, set(other.lower().split(" ")) - {""}
    return len(true & predicted) / len(true | predicted) if true | predicted else 1.0


EMPTY_KEY = Edge([[""]], [["a"]], ExpectedRefusal.KEY)

PROOFS = {
    "levenshtein_mean": Proof(
        make=sentences,
        oracle=mean(edits),
        edges={
            "both empty": Edge([[""]], [[""]], 0.0),
            "code points": Edge([["e\u0301"]], [["é"]], 2.0),
            "commas and quotes": Edge([['a, "b"']], [["a b"]], 3.0),
        },
    ),
    "cer": Proof(
        make=sentences,
        oracle=pooled(jiwer.cer),
        edges={"an empty key": EMPTY_KEY, "all wrong": Edge([["ab"]], [["xyz"]], 1.5)},
    ),
    "wer": Proof(
        make=sentences,
        oracle=pooled(jiwer.wer),
        edges={
            "an empty key": EMPTY_KEY,
            "nothing said": Edge([["a b"]], [[""]], ExpectedRefusal.FILE),
            "nothing said once": Edge([["a b"], ["c d"]], [[""], ["c d"]], 0.5),
        },
    ),
    "token_error_rate": Proof(
        make=sentences,
        oracle=pooled(jiwer.wer),
        edges={
            "a key without items": EMPTY_KEY,
            "nothing said": Edge([["a b"]], [[""]], 1.0),
            "more than all": Edge([["a"], [""]], [["b c"], ["d"]], 3.0),
        },
    ),
    "jaccard_words": Proof(
        make=sentences,
        oracle=mean(overlap),
        edges={"both empty": Edge([[""]], [[""]], 1.0), "case": Edge([["A b"]], [["a B"]], 1.0)},
    ),
}
