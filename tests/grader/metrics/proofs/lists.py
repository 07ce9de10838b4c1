"""Proofs of the metrics of lists: several labels a row, and rankings."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import sklearn.metrics
from sklearn.preprocessing import MultiLabelBinarizer

from tests.grader.metrics.proofs.proof import Edge, ExpectedRefusal, Proof, Row, Trial

ITEMS = [f"item{number}" for number in range(9)]


def items(rows: list[Row]) -> list[list[str]]:
    """The lists that the rows' first fields are."""
    return [row[0].split() for row in rows]


def some(rng: np.random.Generator, least: int, most: int) -> str:
    """So many different items."""
    return " ".join(rng.permutation(ITEMS)[: rng.integers(least, most + 1)])


def label_lists(rng: np.random.Generator, rows: int) -> Trial:
    """No to three labels a row, on both sides."""
    truth = [[some(rng, 0, 3)] for _ in range(rows)]
    truth[0] = ["item1 item2"]
    predictions = [row if rng.random() < 0.3 else [some(rng, 0, 4)] for row in truth]
    return Trial(truth, predictions, truth)


def rankings(rng: np.random.Generator, rows: int) -> Trial:
    """One to three relevant items a row; lists of up to eight, some with an item twice."""
    truth = [[some(rng, 1, 3)] for _ in range(rows)]
    predictions = [
        [" ".join([*some(rng, 0, 8).split(), "item1", "item1"][: rng.integers(0, 9)])] for _ in truth
    ]
    return Trial(truth, predictions, truth)


def best_of(rng: np.random.Generator, rows: int) -> Trial:
    """One label a row, and a list of labels best first."""
    truth = [[str(rng.choice(ITEMS))] for _ in range(rows)]
    return Trial(truth, [[some(rng, 0, 8)] for _ in truth], truth)


def row_by_row(score: Callable[[list[str], list[str]], float]) -> Callable[[list[Row], list[Row]], float]:
    """An oracle that averages over the rows."""
    return lambda truth, predictions: float(
        np.mean([score(one, other) for one, other in zip(items(truth), items(predictions), strict=True)])
    )


def binarised(function: Callable[..., float], **settings: object) -> Callable[[list[Row], list[Row]], float]:
    """An oracle of scikit-learn over a column a label."""

    def score(truth: list[Row], predictions: list[Row]) -> float:
        labels = MultiLabelBinarizer().fit(items(truth) + items(predictions))
        return float(
            function(labels.transform(items(truth)), labels.transform(items(predictions)), **settings)
        )

    return score


def average_precision(answers: list[str], predictions: list[str]) -> float:
    """MAP@5's term, a rank at a time."""
    right, total = 0, 0.0
    for rank, item in enumerate(predictions[:5], start=1):
        if item in answers and item not in predictions[: rank - 1]:
            right += 1
            total += right / rank
    return total / min(len(answers), 5)


def reciprocal(answers: list[str], predictions: list[str]) -> float:
    """1 / rank of the first hit of five."""
    return next((1 / rank for rank, item in enumerate(predictions[:5], start=1) if item in answers), 0.0)


def gain(answers: list[str], predictions: list[str]) -> float:
    """NDCG@5 of one row."""
    first = {item: rank for rank, item in reversed([*enumerate(predictions[:5], start=1)])}
    discounted_sum = sum(1 / math.log2(first[item] + 1) for item in answers if item in first)
    return discounted_sum / sum(1 / math.log2(rank + 1) for rank in range(1, min(len(answers), 5) + 1))


EMPTY = Edge([[""]], [[""]], 1.0)
NONE_RIGHT = Edge([["a b"]], [["c"]], 0.0)
REPEATED = Edge([["a b"]], [["a a b"]])
EMPTY_KEY = Edge([[""]], [["a"]], ExpectedRefusal.KEY)
EMPTY_LIST = Edge([["a"]], [[""]], 0.0)
LABELS = {"none on both sides": EMPTY, "none right": NONE_RIGHT}
LISTS = {"an empty key": EMPTY_KEY, "an empty list": EMPTY_LIST, "an item twice": REPEATED}
metrics = sklearn.metrics


def ranked(score: Callable[[list[str], list[str]], float]) -> Proof:
    """A proof of a ranking's metric at five."""
    return Proof(make=rankings, oracle=row_by_row(score), edges=LISTS)


PROOFS = {
    "f1_samples": Proof(
        make=label_lists,
        oracle=binarised(metrics.f1_score, average="samples", zero_division=1.0),
        edges=LABELS | {"a label twice": Edge([["a b"]], [["a a b"]], 1.0)},
    ),
    "fbeta_samples": Proof(
        make=label_lists,
        oracle=binarised(metrics.fbeta_score, beta=2.0, average="samples", zero_division=1.0),
        edges=LABELS,
    ),
    "jaccard_samples": Proof(
        make=label_lists,
        oracle=binarised(metrics.jaccard_score, average="samples", zero_division=1.0),
        edges=LABELS | {"blanks around": Edge([["a b"]], [["  b   a "]], 1.0)},
    ),
    "exact_match_ratio": Proof(make=label_lists, oracle=binarised(metrics.accuracy_score), edges=LABELS),
    "f1_micro_multilabel": Proof(
        make=label_lists,
        oracle=binarised(metrics.f1_score, average="micro"),
        edges={"none right": NONE_RIGHT},
    ),
    "f1_macro_multilabel": Proof(
        make=label_lists,
        oracle=binarised(metrics.f1_score, average="macro"),
        edges={"none right": NONE_RIGHT},
    ),
    "map_at_k": ranked(average_precision),
    "mrr": ranked(reciprocal),
    "recall_at_k": ranked(lambda truth, items: len(set(truth) & set(items[:5])) / len(truth)),
    "precision_at_k": Proof(
        make=lambda rng, rows: replace(rankings(rng, rows), perfect=None),
        oracle=row_by_row(lambda truth, items: len(set(truth) & set(items[:5])) / 5),
        edges=LISTS,
    ),
    "hit_rate_at_k": ranked(lambda truth, items: float(bool(set(truth) & set(items[:5])))),
    "ndcg_at_k_list": ranked(gain),
    "top_k_accuracy_list": Proof(
        make=best_of,
        oracle=row_by_row(lambda truth, items: float(truth[0] in items[:5])),
        edges={"an empty list": EMPTY_LIST, "the sixth": Edge([["f"]], [["a b c d e f"]], 0.0)},
    ),
}
