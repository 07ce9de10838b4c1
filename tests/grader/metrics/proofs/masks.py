"""Proofs of the metrics of masks, against pixels painted one by one."""

from collections.abc import Callable

import numpy as np
import sklearn.metrics

from tests.grader.metrics.proofs.proof import Edge, ExpectedRefusal, Proof, Row, Trial

HEIGHT, WIDTH = 6, 5
Pixels = np.ndarray


def runs(mask: Pixels) -> str:
    """A mask as runs, counted from 1."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask, [0]]).astype(int)))
    return " ".join(f"{start + 1} {end - start}" for start, end in edges.reshape(-1, 2).tolist())


def painted(rows: list[Row]) -> list[Pixels]:
    """The masks pixel by pixel."""
    pixels = []
    for row in rows:
        mask = np.zeros(HEIGHT * WIDTH, dtype=bool)
        numbers = [int(number) for number in row[0].split()]
        for start, length in zip(numbers[0::2], numbers[1::2], strict=True):
            mask[start - 1 : start - 1 + length] = True
        pixels.append(mask)
    return pixels


def images(rng: np.random.Generator, rows: int) -> Trial:
    """Masks of which some are empty, some full; uploads that are near them."""
    truth, predictions = [], []
    for _ in range(rows):
        mask = rng.random(HEIGHT * WIDTH) < rng.choice([0.0, 0.3, 0.7, 1.0], p=[0.2, 0.4, 0.3, 0.1])
        noise = rng.random(HEIGHT * WIDTH) < rng.choice([0.0, 0.1, 0.4])
        truth.append([runs(mask)])
        predictions.append([runs(mask ^ noise)])
    truth[0], predictions[0] = ["3 4"], ["2 4"]
    return Trial(truth, predictions, truth)


def averaged(score: Callable[[Pixels, Pixels], float]) -> Callable[[list[Row], list[Row]], float]:
    """An oracle that averages over the rows; two empty masks score 1."""

    def mean(truth: list[Row], predictions: list[Row]) -> float:
        pairs = zip(painted(truth), painted(predictions), strict=True)
        return float(np.mean([score(a, p) if (a | p).any() else 1.0 for a, p in pairs]))

    return mean


def together(truth: list[Row], predictions: list[Row]) -> float:
    """Dice of all pixels of all rows."""
    return float(
        sklearn.metrics.f1_score(
            np.concatenate(painted(truth)), np.concatenate(painted(predictions)), zero_division=1.0
        )
    )


def passed(true: Pixels, predicted: Pixels) -> float:
    """The share of thresholds that the IoU exceeds, in fractions of whole numbers."""
    both, either = int((true & predicted).sum()), int((true | predicted).sum())
    return sum(both * 20 > threshold * either for threshold in range(10, 20)) / 10


EDGES = {
    "both empty": Edge([[""]], [[""]], 1.0),
    "one empty": Edge([["1 3"]], [[""]], 0.0),
    "outside of the image": Edge([["1 3"]], [["29 3"]], ExpectedRefusal.FILE),
    "before the image": Edge([["1 3"]], [["0 3"]], ExpectedRefusal.FILE),
    "overlapping": Edge([["1 3"]], [["1 3 3 2"]], ExpectedRefusal.FILE),
    "not ascending": Edge([["1 3"]], [["9 3 1 2"]], ExpectedRefusal.FILE),
    "an odd number": Edge([["1 3"]], [["1 3 5"]], ExpectedRefusal.FILE),
    "a run of length 0": Edge([["1 3"]], [["1 0"]], ExpectedRefusal.FILE),
    "a key that leaves the image": Edge([["29 3"]], [["1 1"]], ExpectedRefusal.KEY),
    "a key that overlaps": Edge([["1 3 2 2"]], [["1 1"]], ExpectedRefusal.KEY),
    "runs that touch": Edge([["1 4"]], [["1 2 3 2"]], 1.0),
}
SETTINGS = {"target_columns": ("rle",), "arguments": {"height": HEIGHT, "width": WIDTH}}


def masks(oracle: Callable[[list[Row], list[Row]], float]) -> Proof:
    """A proof over images of one size."""
    return Proof(make=images, oracle=oracle, edges=EDGES, settings=SETTINGS)


PROOFS = {
    "dice_mean": masks(averaged(sklearn.metrics.f1_score)),
    "dice_global": masks(together),
    "iou_mean": masks(averaged(sklearn.metrics.jaccard_score)),
    "map_iou_thresholds": masks(averaged(passed)),
    "fbeta_mask_mean": masks(averaged(lambda a, p: sklearn.metrics.fbeta_score(a, p, beta=0.5))),
}
