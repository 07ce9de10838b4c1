"""Proofs of the metrics of boxes and of class maps, by plain loops and by scikit-learn."""

import numpy as np
import sklearn.metrics

from tests.grader.metrics.proofs.proof import Edge, ExpectedRefusal, Proof, Row, Trial

Box = tuple[float, float, float, float]


def box_text(box: np.ndarray) -> str:
    """The corners of a box."""
    return " ".join(repr(float(value)) for value in box)


def images(rng: np.random.Generator, rows: int) -> Trial:
    """None to three boxes of two classes an image; found boxes that are near, doubled, missed or invented."""
    truth, predictions, perfect = [], [], []
    for row in range(rows):
        boxes, found_boxes = [], []
        for _ in range(int(rng.integers(0 if row else 1, 4))):
            label = str(rng.choice(["cat", "dog"]))
            low = rng.integers(0, 60, 2)
            box = np.concatenate([low, low + rng.integers(10, 40, 2)])
            boxes.append((label, box))
            for _ in range(int(rng.choice([0, 1, 1, 1, 2]))):
                other = label if rng.random() < 0.8 else "owl"
                moved = box + rng.integers(-3, 4, 4)
                found_boxes.append(f"{other} {rng.integers(1, 20) / 20} {box_text(moved)}")
        if rng.random() < 0.3:
            found_boxes.append(f"cat {rng.integers(1, 20) / 20} {box_text(np.array([70, 70, 99, 99]))}")
        truth.append([" ".join(f"{label} {box_text(box)}" for label, box in boxes)])
        predictions.append([" ".join(found_boxes)])
        perfect.append([" ".join(f"{label} 1 {box_text(box)}" for label, box in boxes)])
    return Trial(truth, predictions, perfect)


def boxes_in(text: str, size: int) -> list[list[str]]:
    """The items of each box."""
    words = text.split()
    return [words[at : at + size] for at in range(0, len(words), size)]


def corners(words: list[str]) -> Box:
    """The last four items as numbers."""
    left, top, right, bottom = map(float, words[-4:])
    return left, top, right, bottom


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    union = sum(areas) - width * height
    return width * height / union if union else 0.0


def hits_of(truth: list[Row], predictions: list[Row], label: str, threshold: float) -> list[bool]:
    """Whether each box of a class takes a true one, the surest first, one at a time."""
    hits: list[tuple[float, int, bool]] = []
    for (true,), (predicted,) in zip(truth, predictions, strict=True):
        free = [corners(words) for words in boxes_in(true, 5) if words[0] == label]
        boxes = [words for words in boxes_in(predicted, 6) if words[0] == label]
        for words in sorted(boxes, key=lambda each: -float(each[1]))[:100]:
            shares = [overlap(corners(words), box) for box in free]
            best = max(range(len(free)), key=lambda place: (shares[place], place), default=None)
            is_hit = best is not None and shares[best] >= threshold
            if is_hit and best is not None:
                free.pop(best)
            hits.append((-float(words[1]), len(hits), is_hit))
    return [is_hit for *_, is_hit in sorted(hits)]


def average_precision(hits: list[bool], count: int) -> float:
    """The best precision at a recall of at least 0, .01, ... 1, averaged."""
    points = [(sum(hits[: n + 1]) / count, sum(hits[: n + 1]) / (n + 1)) for n in range(len(hits))]
    levels = np.linspace(0.0, 1.0, 101)
    return float(
        np.mean(
            [max((right for recall, right in points if recall >= level), default=0.0) for level in levels]
        )
    )


def coco(truth: list[Row], predictions: list[Row]) -> float:
    """COCO's number by its words, a class and a threshold at a time."""
    labels = sorted({words[0] for (text,) in truth for words in boxes_in(text, 5)})
    numbers = []
    for label in labels:
        count = sum(words[0] == label for (text,) in truth for words in boxes_in(text, 5))
        for threshold in np.linspace(0.5, 0.95, 10):
            numbers.append(average_precision(hits_of(truth, predictions, label, float(threshold)), count))
    return float(np.mean(numbers))


def maps(rng: np.random.Generator, rows: int) -> Trial:
    """Maps of three classes of different sizes, cut into runs in different ways."""
    truth, predictions = [], []
    for row in range(rows):
        pixels = np.repeat(rng.integers(0, 3, 9), rng.integers(1, 6, 9))
        pixels[0] = row % 2
        guess = np.where(rng.random(len(pixels)) < 0.3, rng.integers(0, 4, len(pixels)), pixels)
        truth.append([runs_of(pixels)])
        predictions.append([runs_of(guess)])
    return Trial(truth, predictions, truth)


def runs_of(pixels: np.ndarray) -> str:
    """The runs of an image."""
    ends = np.flatnonzero(np.append(pixels[1:] != pixels[:-1], True)) + 1
    lengths = np.diff(ends, prepend=0)
    return " ".join(f"{pixels[end - 1]} {length}" for end, length in zip(ends, lengths, strict=True))


def pixels_of(rows: list[Row]) -> np.ndarray:
    """The classes of all pixels of all rows."""
    numbers = [int(word) for (text,) in rows for word in text.split()]
    return np.repeat(numbers[0::2], numbers[1::2])


def mean_iou(truth: list[Row], predictions: list[Row]) -> float:
    """By scikit-learn, of all pixels but those of class 2."""
    true, guess = pixels_of(truth), pixels_of(predictions)
    counts = true != 2
    return float(sklearn.metrics.jaccard_score(true[counts], guess[counts], average="macro"))


CAT = "cat 0 0 10 10"
PROOFS = {
    "map_boxes": Proof(
        make=images,
        oracle=coco,
        edges={
            "no box in the key": Edge([[""]], [[""]], ExpectedRefusal.KEY),
            "nothing found": Edge([[CAT]], [[""]], 0.0),
            "a class that the key does not have": Edge([[CAT]], [["owl 1 0 0 9 9 cat .5 0 0 10 10"]], 1.0),
            "one box found twice": Edge([[CAT]], [["cat .9 0 0 10 10 cat .8 0 0 10 10"]], 1.0),
            "the wrong one first": Edge([[CAT]], [["cat .9 50 50 60 60 cat .8 0 0 10 10"]], 0.5),
            "an IoU of 0.7": Edge([[CAT]], [["cat .9 0 0 10 7"]], 0.5),
            "without an area": Edge([["cat 5 5 5 5"]], [["cat 1 5 5 5 5"]], 0.0),
            "a confidence is missing": Edge([[CAT]], [[CAT]], ExpectedRefusal.FILE),
            "width and height for corners": Edge(
                [["cat 5 5 9 9"]], [["cat 1 5 5 4 4"]], ExpectedRefusal.FILE
            ),
            "a number too large": Edge([[CAT]], [["cat 1 0 0 10 1e999"]], ExpectedRefusal.FILE),
            "a box of the key the wrong way round": Edge([["cat 9 9 5 5"]], [[""]], ExpectedRefusal.KEY),
            "a word for a number": Edge([[CAT]], [["cat high 0 0 10 10"]], ExpectedRefusal.FILE),
        },
    ),
    "iou_class_maps": Proof(
        make=maps,
        oracle=mean_iou,
        edges={
            "an invented class": Edge([["0 4"]], [["0 3 9 1"]], 0.75 / 2),
            "runs may be cut anywhere": Edge([["0 4 1 4"]], [["0 1 0 3 1 2 1 2"]], 1.0),
            "pixels that do not count": Edge([["0 4 2 4"]], [["0 4 1 4"]], 1.0),
            "nothing that counts": Edge([["2 4"]], [["2 4"]], ExpectedRefusal.KEY),
            "a pixel too many": Edge([["0 4"]], [["0 5"]], ExpectedRefusal.FILE),
            "a length of 0": Edge([["0 4"]], [["0 4 1 0"]], ExpectedRefusal.FILE),
            "a class alone": Edge([["0 4"]], [["0"]], ExpectedRefusal.FILE),
            "a length of 0 in the key": Edge([["0 4 1 0"]], [["0 4"]], ExpectedRefusal.KEY),
        },
        settings={"target_columns": ("map",), "arguments": {"ignored": 2}},
    ),
}
