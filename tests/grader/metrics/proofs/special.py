"""Proofs of numbers in layouts of their own, of scores within queries and of orderings."""

import math
from itertools import combinations, groupby

import numpy as np
import scipy.stats
import sklearn.metrics

from tests.grader.metrics.proofs.numbers import table, texts
from tests.grader.metrics.proofs.proof import Edge, ExpectedRefusal, Proof, Row, Trial

LEVELS = [0.1, 0.5, 0.9]


def quantiles(rng: np.random.Generator, rows: int) -> Trial:
    """A number, and three quantiles of it."""
    truth = rng.normal(size=(rows, 1))
    return Trial(texts(truth), texts(rng.normal(size=(rows, 3))), texts(np.repeat(truth, 3, axis=1)))


def quantile_losses(truth: list[Row], predictions: list[Row]) -> float:
    """By scikit-learn, a quantile at a time."""
    losses = [
        sklearn.metrics.mean_pinball_loss(table(truth)[:, 0], column, alpha=level)
        for column, level in zip(table(predictions).T, LEVELS, strict=True)
    ]
    return float(np.mean(losses))


def volumes(rng: np.random.Generator, rows: int) -> Trial:
    """A volume, a guess and its confidence, some of them beyond what counts."""
    truth = rng.normal(2500, 500, size=(rows, 1))
    predictions = np.hstack([truth + rng.normal(0, 600, (rows, 1)), rng.uniform(-10, 400, (rows, 1))])
    return Trial(texts(truth), texts(predictions), texts(np.hstack([truth, np.full((rows, 1), 70.0)])))


def likelihood(truth: list[Row], predictions: list[Row]) -> float:
    """By scipy's density, where nothing is cut; its scale is the deviation over the root of two."""
    total = 0.0
    for (true,), (predicted, width) in zip(table(truth), table(predictions), strict=True):
        sure = max(width, 70.0)
        error = min(abs(true - predicted), 1000.0)
        total += scipy.stats.laplace.logpdf(error, scale=sure / math.sqrt(2.0))
    return total / len(truth)


def directions(rng: np.random.Generator, rows: int) -> Trial:
    """Azimuth and zenith."""
    truth = rng.uniform(size=(rows, 2)) * [2 * math.pi, math.pi]
    return Trial(texts(truth), texts(rng.uniform(size=(rows, 2)) * [2 * math.pi, math.pi]), texts(truth))


def angle(truth: list[Row], predictions: list[Row]) -> float:
    """By the spherical law of cosines."""
    total = 0.0
    for (a, z), (b, w) in zip(table(truth), table(predictions), strict=True):
        total += math.acos(
            min(1.0, max(-1.0, math.cos(z) * math.cos(w) + math.sin(z) * math.sin(w) * math.cos(a - b)))
        )
    return total / len(truth)


def in_groups(rng: np.random.Generator, rows: int) -> Trial:
    """A number and its group, which the key alone has."""
    truth = rng.normal(size=(rows, 1))
    groups = rng.choice(["1JHC", "2JHH", "other"], rows)
    key = [[*row, group] for row, group in zip(texts(truth), groups, strict=True)]
    return Trial(key, texts(truth + rng.normal(size=(rows, 1))), texts(truth))


def log_errors(truth: list[Row], predictions: list[Row]) -> float:
    """A group at a time."""
    errors: dict[str, list[float]] = {}
    for (true, group), (predicted,) in zip(truth, predictions, strict=True):
        errors.setdefault(group, []).append(abs(float(true) - float(predicted)))
    return float(np.mean([math.log(max(float(np.mean(each)), 1e-9)) for each in errors.values()]))


def survival(rng: np.random.Generator, rows: int) -> Trial:
    """Times with ties, two thirds of them observed, and predicted times with ties."""
    times = rng.integers(1, 12, rows)
    events = rng.random(rows) < 0.66
    times[:2], events[:2] = [1, 5], True
    predictions = times + rng.integers(-4, 5, rows)
    key = [[str(time), str(int(event))] for time, event in zip(times, events, strict=True)]
    # At one time, what was observed came first.
    order = times * 2 + ~events
    return Trial(key, [[str(value)] for value in predictions], [[str(value)] for value in order])


def harrell(truth: list[Row], predictions: list[Row]) -> float:
    """A pair at a time."""
    right = pairs = 0.0
    rows = [(float(a), b == "1", float(p)) for (a, b), (p,) in zip(truth, predictions, strict=True)]
    for one, other in combinations(rows, 2):
        first, second = sorted((one, other), key=lambda row: (row[0], not row[1]))
        if first[1] and (first[0], first[1]) != (second[0], second[1]):
            pairs += 1
            right += 0.5 if first[2] == second[2] else float(first[2] < second[2])
    return right / pairs


def queries(rng: np.random.Generator, rows: int) -> Trial:
    """Relevance 0 to 3 of the rows of queries, some of which have none; scores with ties."""
    query = rng.choice(["cat", "dog", "owl"], rows)
    relevance = rng.integers(0, 4, rows) * (query != "owl")
    query[:2], relevance[:2] = "cat", [3, 0]
    key = [[str(value), name] for value, name in zip(relevance, query, strict=True)]
    predictions = (relevance + rng.normal(0, 2, rows)).round(0)
    return Trial(key, texts(predictions[:, None]), texts(relevance[:, None] * 1.0))


def gains(truth: list[Row], predictions: list[Row]) -> float:
    """By scikit-learn, a query at a time; it takes no query of one row, whose gain is all there is."""
    pairs = sorted(zip(truth, predictions, strict=True), key=lambda pair: pair[0][1])
    scores = []
    for _, group in groupby(pairs, key=lambda pair: pair[0][1]):
        rows = [*group]
        true, predicted = [float(row[0][0]) for row in rows], [float(row[1][0]) for row in rows]
        if any(true):
            scores.append(1.0 if len(rows) == 1 else sklearn.metrics.ndcg_score([true], [predicted], k=4))
    return float(np.mean(scores))


def orderings(rng: np.random.Generator, rows: int) -> Trial:
    """Items of each row in their order, and in another."""
    truth, predictions = [], []
    for _ in range(rows):
        items = rng.permutation([f"cell{number}" for number in range(9)])[: rng.integers(0, 9)]
        truth.append([" ".join(items)])
        predictions.append([" ".join(rng.permutation(items))])
    truth[0], predictions[0] = ["x y z"], ["y x z"]
    return Trial(truth, predictions, truth)


def swaps(truth: list[Row], predictions: list[Row]) -> float:
    """A pair of items at a time."""
    inverted = most = 0
    for (true,), (predicted,) in zip(truth, predictions, strict=True):
        right, order = true.split(), predicted.split()
        places = [right.index(item) for item in order]
        inverted += sum(one > other for one, other in combinations(places, 2))
        most += len(right) * (len(right) - 1)
    return 1 - 4 * inverted / most


PROOFS = {
    "pinball_multi": Proof(
        make=quantiles,
        oracle=quantile_losses,
        edges={"a number below all": Edge([["0"]], [["1", "1", "1"]], (0.9 + 0.5 + 0.1) / 3)},
        settings={
            "target_columns": ("y",),
            "prediction_columns": ("low", "middle", "high"),
            "arguments": {"quantiles": LEVELS},
        },
    ),
    "laplace_log_likelihood": Proof(
        make=volumes,
        oracle=likelihood,
        edges={
            "too sure": Edge([["0"]], [["0", "-5"]], -math.log(70 * math.sqrt(2))),
            "far off": Edge(
                [["0"]], [["1e9", "70"]], -math.sqrt(2) * 1000 / 70 - math.log(70 * math.sqrt(2))
            ),
        },
        settings={"target_columns": ("FVC",), "prediction_columns": ("FVC", "Confidence")},
    ),
    "mean_angular_error": Proof(
        make=directions,
        oracle=angle,
        edges={
            "the other way": Edge([["0", "0"]], [["0", repr(math.pi)]], math.pi),
            "a tiny angle": Edge([["0", "0"]], [["0", "1e-10"]], 1e-10),
        },
        settings={"target_columns": ("azimuth", "zenith")},
        tolerance=1e-7,
    ),
    "group_mean_log_mae": Proof(
        make=in_groups,
        oracle=log_errors,
        edges={"no error": Edge([["1", "a"]], [["1"]], math.log(1e-9))},
        settings={"target_columns": ("y",), "auxiliary": {"groups": "type"}},
    ),
    "concordance_index": Proof(
        make=survival,
        oracle=harrell,
        edges={
            "nothing observed": Edge([["1", "0"], ["2", "0"]], [["1"], ["2"]], ExpectedRefusal.KEY),
            "one time": Edge([["1", "1"], ["1", "1"]], [["1"], ["2"]], ExpectedRefusal.KEY),
            "censored at the same time": Edge([["1", "1"], ["1", "0"]], [["1"], ["2"]], 1.0),
            "all equal": Edge([["1", "1"], ["2", "1"]], [["3"], ["3"]], 0.5),
        },
        settings={"target_columns": ("time",), "auxiliary": {"events": "observed"}},
    ),
    "ndcg_at_k": Proof(
        make=queries,
        oracle=gains,
        edges={
            "nothing relevant": Edge([["0", "a"]], [["1"]], ExpectedRefusal.KEY),
            "negative": Edge([["-1", "a"]], [["1"]], ExpectedRefusal.KEY),
            "all scores equal": Edge([["1", "a"], ["0", "a"]], [["1"], ["1"]], (1 + 1 / math.log2(3)) / 2),
        },
        settings={"target_columns": ("relevance",), "auxiliary": {"groups": "query"}, "arguments": {"k": 4}},
    ),
    "kendall_tau_orderings": Proof(
        make=orderings,
        oracle=swaps,
        edges={
            "backwards": Edge([["a b c"]], [["c b a"]], -1.0),
            "an item left out": Edge([["a b c"]], [["c b"]], ExpectedRefusal.FILE),
            "an item twice": Edge([["a b c"]], [["c b b"]], ExpectedRefusal.FILE),
            "another item": Edge([["a b c"]], [["c b d"]], ExpectedRefusal.FILE),
            "a key with an item twice": Edge([["a b b"]], [["a b b"]], ExpectedRefusal.KEY),
            "nothing to order": Edge([["a"]], [["a"]], ExpectedRefusal.KEY),
        },
    ),
}
