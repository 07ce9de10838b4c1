"""Make the pictures and the hidden judges of homework 10.

Nothing is downloaded. Ten kinds of things are drawn in front of blurred backgrounds; three small networks,
the judges, learn to tell them apart from pictures that nobody gets, and pictures that all three name rightly
are the ones to attack. NOTES.md says what was planted and why.
"""

import base64
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from baselines.files import RealFiles, SourceProblems, pixels_of, png, write_zip
from baselines.homework import load_script

metric = load_script(Path(__file__).with_name("metric.py"))  # how a judge looks is written there, once

KINDS = ("ball", "box", "cross", "drop", "frame", "moon", "rails", "ring", "star", "tent")  # in ABC order
SIDE = 24  # pixels
TRAIN = 80  # pictures of each kind to train one's own networks on
LESSONS = 70  # pictures of each kind that a judge learns from
ATTACKED = 40  # pictures of each kind to attack
ROUND = 25  # pictures of each kind that are shown to the judges at once, until ATTACKED are named rightly
MOST_ROUNDS = 40
CONTRAST = 45  # between a thing and what is behind it, in bytes
OWN_COLOUR, ANY_COLOUR = 1.0, 0.4  # weights of the kind's typical colour and of the picture's own
NOISE = 12  # in bytes
CONVOLUTIONS = (((4, 12), (3, 24)), ((5, 12), (3, 24)), ((4, 10), (4, 30)))  # (size, outputs) of each judge
EPOCHS, BATCH, RATE = 8, 50, 5e-3  # of a judge's training
FEWEST = 20  # pictures of a class to train on, of real data; and pictures that the judges name rightly
GRID = (np.arange(SIDE) - (SIDE - 1) / 2) / ((SIDE - 1) / 2)  # (SIDE,) from -1 to 1


def build(out: Path, *, seed: int = 2021) -> None:
    """Write out/public (data.zip, train.zip, images.csv, the sample) and out/private/answer_key.csv.

    The same seed gives the same bytes. Colours, public pictures, hidden pictures, the judges' training and
    the split draw from separate streams. The default seed is for demonstrations: who knows it can train the
    judges again, so a real course passes a long random one of its own.
    """
    streams = [np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(5)]
    world, shown, hidden, school, split = streams
    colours = world.normal(size=(len(KINDS), 3))
    colours /= np.linalg.norm(colours, axis=1, keepdims=True)
    kinds = np.arange(len(KINDS))
    lessons = np.repeat(kinds, LESSONS)
    judges = train_judges(school, draw(hidden, lessons, colours), lessons, classes=len(KINDS))
    accepted: list[np.ndarray] = [np.zeros((0, SIDE, SIDE, 3), dtype=np.uint8) for _ in kinds]
    for _ in range(MOST_ROUNDS):
        candidate_kinds = np.repeat([kind for kind in kinds if len(accepted[kind]) < ATTACKED], ROUND)
        if len(candidate_kinds) == 0:
            break
        candidates = draw(shown, candidate_kinds, colours)
        is_right = named_rightly(judges, candidates, candidate_kinds)
        for kind in kinds:
            accepted[kind] = np.concatenate(
                [accepted[kind], candidates[is_right & (candidate_kinds == kind)]]
            )[:ATTACKED]
    labels = np.repeat(kinds, [len(pictures) for pictures in accepted])
    names = np.repeat(kinds, TRAIN)
    pictures = draw(shown, names, colours)
    write(
        out,
        rng=split,
        classes=KINDS,
        judges=judges,
        attacked=(np.concatenate(accepted), labels),
        train=(pictures, names),
    )


def draw(rng: np.random.Generator, kinds: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Pictures (n, SIDE, SIDE, 3), uint8, of kinds (n,) with typical colours (kinds, 3)."""
    n = len(kinds)
    middle, size = rng.uniform(-0.3, 0.3, (2, n, 1, 1)), rng.uniform(0.6, 0.95, (n, 1, 1))
    turn = rng.uniform(-0.4, 0.4, (n, 1, 1))
    up, right = (GRID[:, None] - middle[0]) / size, (GRID - middle[1]) / size
    x, y = np.cos(turn) * right + np.sin(turn) * up, np.cos(turn) * up - np.sin(turn) * right
    inside = np.zeros((n, SIDE, SIDE))
    for kind, shape in enumerate(SHAPES):
        mine = kinds == kind
        inside[mine] = 1 / (1 + np.exp(np.clip(shape(x[mine], y[mine]) / 0.1, -30, 30)))
    tint = OWN_COLOUR * colours[kinds] + ANY_COLOUR * rng.normal(size=(n, 3))
    tint *= (
        CONTRAST * np.sqrt(3) * rng.uniform(0.7, 1.2, (n, 1)) / np.linalg.norm(tint, axis=1, keepdims=True)
    )
    pictures = rng.uniform(90, 165, (n, 1, 1, 3)) + clouds(rng, n, 16)
    pictures += inside[..., None] * (tint[:, None, None] + clouds(rng, n, 6))
    pictures += NOISE * rng.standard_normal(pictures.shape, dtype=np.float32)
    return np.clip(np.rint(pictures), 0, 255).astype(np.uint8)


def clouds(rng: np.random.Generator, n: int, strength: float) -> np.ndarray:
    """Colours (n, SIDE, SIDE, 3) that change slowly over the picture."""
    knots = rng.normal(0, strength, (n, 5, 5, 3))
    near = np.maximum(
        0, 1 - np.abs(2 * GRID[:, None] - np.arange(-2, 3))
    )  # (SIDE, 5), straight between knots
    return np.einsum("ya,nabc,xb->nyxc", near, knots, near, optimize=True)


def _box(x: np.ndarray, y: np.ndarray, width: float, height: float) -> np.ndarray:
    return np.maximum(np.abs(x) - width, np.abs(y) - height)


# For each kind, how far a point is outside the thing (negative: inside); x to the right and y down, -1 to 1.
SHAPES: tuple[Callable[[np.ndarray, np.ndarray], np.ndarray], ...] = (
    lambda x, y: np.hypot(x, y) - 0.72,
    lambda x, y: _box(x, y, 0.62, 0.62),
    lambda x, y: np.minimum(_box(x, y, 0.2, 0.75), _box(x, y, 0.75, 0.2)),
    lambda x, y: np.minimum(
        np.hypot(x, y - 0.25) - 0.48, np.maximum(1.3 * np.abs(x) - 0.75 * y - 0.49, y - 0.25)
    ),
    lambda x, y: np.abs(_box(x, y, 0.55, 0.55)) - 0.15,
    lambda x, y: np.maximum(np.hypot(x, y) - 0.75, 0.58 - np.hypot(x - 0.38, y)),
    lambda x, y: np.maximum(np.abs(np.abs(y) - 0.42) - 0.13, np.abs(x) - 0.72),
    lambda x, y: np.abs(np.hypot(x, y) - 0.58) - 0.17,
    lambda x, y: np.hypot(x, y) - 0.55 - 0.2 * np.cos(5 * np.arctan2(y, x)),
    lambda x, y: np.maximum(y - 0.5, 0.9 * np.abs(x) - 0.5 * y - 0.42),
)


def train_judges(
    rng: np.random.Generator, pictures: np.ndarray, labels: np.ndarray, *, classes: int
) -> list[list[np.ndarray]]:
    """Judges, as metric.class_scores takes them, trained on pictures (n, side, side, 3), uint8.

    Their weights are rounded to half precision, as the answer key will hold them.
    """
    inputs = metric.smoothed(pictures)
    judges = []
    for convolutions in CONVOLUTIONS:
        judge = fresh(rng, convolutions, side=pictures.shape[1], classes=classes)
        learn(rng, judge, inputs, labels)
        judges.append([part.astype(np.float16).astype(np.float32) for part in judge])
    return judges


def fresh(
    rng: np.random.Generator, convolutions: tuple[tuple[int, int], ...], *, side: int, classes: int
) -> list[np.ndarray]:
    """A judge that has learnt nothing: random weights, biases of zero."""
    judge, channels = [], 3
    for size, outputs in convolutions:
        spread = np.sqrt(2 / (channels * size * size))
        judge += [rng.normal(0, spread, (channels, size, size, outputs)), np.zeros(outputs)]
        channels, side = outputs, (side + 2 * ((size - 1) // 2) - size) // metric.STRIDE + 1
    numbers = channels * side * side
    judge += [rng.normal(0, numbers**-0.5, (numbers, classes)), np.zeros(classes)]
    return [part.astype(np.float32) for part in judge]


def learn(rng: np.random.Generator, judge: list[np.ndarray], inputs: np.ndarray, labels: np.ndarray) -> None:
    """Train a judge in place by Adam, on smoothed inputs (n, side, side, 3), moved by up to 2 pixels."""
    means, squares = ([np.zeros_like(part) for part in judge] for _ in range(2))
    batches = max(1, len(inputs) // BATCH)
    for step in range(1, EPOCHS * batches + 1):
        if step % batches == 1 or batches == 1:
            order = np.array_split(rng.permutation(len(inputs)), batches)
        batch = order[step % batches]
        moved = np.roll(inputs[batch], tuple(rng.integers(-2, 3, 2)), axis=(1, 2))
        rate = np.float32(RATE * (1 - step / (EPOCHS * batches + 1)))
        for place, gradient in enumerate(gradients(judge, moved, labels[batch])):
            means[place] += 0.1 * (gradient - means[place])
            squares[place] += 0.01 * (gradient**2 - squares[place])
            size = np.sqrt(squares[place] / np.float32(1 - 0.99**step)) + 1e-7
            judge[place] -= rate * means[place] / np.float32(1 - 0.9**step) / size


def gradients(judge: list[np.ndarray], inputs: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
    """The gradient of the mean cross-entropy with respect to each part of the judge."""
    hidden, layers = inputs, []
    for weight, bias in zip(judge[:-2:2], judge[1:-2:2], strict=True):
        columns = metric.columns_of(hidden, weight.shape[1])  # (n, rows, columns, numbers)
        outputs = np.maximum(columns @ weight.reshape(-1, len(bias)) + bias, 0)
        layers.append((hidden.shape, columns, outputs))
        hidden = outputs
    flat = hidden.reshape(len(hidden), -1)
    logits = flat @ judge[-2] + judge[-1]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    gradient = powers / powers.sum(axis=1, keepdims=True)
    gradient[np.arange(len(labels)), labels] -= 1
    gradient /= np.float32(len(labels))
    parts = [flat.T @ gradient, gradient.sum(axis=0)]
    back = (gradient @ judge[-2].T).reshape(hidden.shape)
    for place in reversed(range(len(layers))):
        shape, columns, outputs = layers[place]
        weight = judge[2 * place]
        back = back * (outputs > 0)
        rows = back.reshape(-1, back.shape[-1])
        parts = [(columns.reshape(len(rows), -1).T @ rows).reshape(weight.shape), rows.sum(axis=0), *parts]
        if place:
            back = gathered(rows @ weight.reshape(-1, rows.shape[1]).T, shape, outputs.shape, weight.shape[1])
    return parts


def gathered(
    columns: np.ndarray, shape: tuple[int, ...], seen_from: tuple[int, ...], size: int
) -> np.ndarray:
    """The sum of columns that come from metric.columns_of, (n, side, side, channels) = shape."""
    n, side, _, channels = shape
    rows, room, stride = seen_from[1], (size - 1) // 2, metric.STRIDE
    parts = columns.reshape(n, rows, rows, channels, size, size)
    total = np.zeros((n, side + 2 * room, side + 2 * room, channels), dtype=np.float32)
    for i in range(size):
        for j in range(size):
            total[:, i : i + stride * rows : stride, j : j + stride * rows : stride] += parts[..., i, j]
    return total[:, room : room + side, room : room + side]


def named_rightly(judges: list[list[np.ndarray]], pictures: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Whether all judges name a picture by its label, (n,) of bool."""
    named = [metric.class_scores(judge, pictures).argmax(axis=1) == labels for judge in judges]
    return np.logical_and.reduce(named)


def build_from(source: Path, out: Path, *, seed: int) -> None:
    """Write the same files for real pictures, which lie in `source`.

    source: train/ or train.zip and data/ or data.zip, both with <class>/<any name>.png or .jpg, as the real
    homework's data/airplane/airplane1.png. The judges learn from a random half of the training pictures,
    which is then not handed out; of data/, those are attacked that all judges name rightly. Raises
    SourceProblems.
    """
    train, attacked = folder_of(source, "train"), folder_of(source, "data")
    classes = sorted(train)
    problems = problems_of(train, attacked)
    if problems:
        raise SourceProblems(source, problems)
    order, school, split = (np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(3))
    halves: list[tuple[list[np.ndarray], list[int]]] = [([], []), ([], [])]
    for label, name in enumerate(classes):
        for place, picture in enumerate(order.permutation(len(train[name]))):
            halves[place % 2][0].append(train[name][picture])
            halves[place % 2][1].append(label)
    (lessons, lesson_labels), (shown, shown_labels) = ((np.stack(each), np.array(of)) for each, of in halves)
    judges = train_judges(school, lessons, lesson_labels, classes=len(classes))
    pictures = np.concatenate([np.stack(attacked[name]) for name in attacked])
    labels = np.repeat([classes.index(name) for name in attacked], [len(attacked[name]) for name in attacked])
    right = named_rightly(judges, pictures, labels)
    if right.sum() < FEWEST:
        raise SourceProblems(
            source,
            [f"The judges name {right.sum()} of {len(right)} pictures rightly; {FEWEST} are needed. "
             "Put more pictures into train and data."],
        )  # fmt: skip
    write(
        out,
        rng=split,
        classes=tuple(classes),
        judges=judges,
        attacked=(pictures[right], labels[right]),
        train=(shown, shown_labels),
    )


def folder_of(source: Path, folder: str) -> dict[str, list[np.ndarray]]:
    """The pictures (height, width, 3) of each class below a folder."""
    files = RealFiles(source, folder)
    pictures: dict[str, list[np.ndarray]] = {}
    for name in files.below("", ".png", ".jpg", ".jpeg"):
        pictures.setdefault(name.split("/")[1], []).append(pixels_of(files.read(name)))
    return pictures


def problems_of(train: dict[str, list[np.ndarray]], attacked: dict[str, list[np.ndarray]]) -> list[str]:
    """A sentence for each reason why these pictures, by class, cannot be used."""
    problems = []
    unknown = [name for name in attacked if name not in train]
    if unknown:
        problems.append(
            f"data has the classes {', '.join(unknown)}, which train has not; use the same names."
        )
    if len(train) < 2:
        problems.append(
            f"train has {len(train)} class; put two at the least there, each in a folder of its own."
        )
    few = [f"{name} ({len(pictures)})" for name, pictures in train.items() if len(pictures) < FEWEST]
    if few:
        problems.append(f"train has fewer than {FEWEST} pictures of {', '.join(few)}; put more there.")
    sizes = {picture.shape[:2] for pictures in (*train.values(), *attacked.values()) for picture in pictures}
    if len(sizes) > 1 or any(height != width for height, width in sizes):
        examples = ", ".join(f"{height} x {width}" for height, width in sorted(sizes)[:5])
        problems.append(f"The pictures have the sizes {examples}; bring them to one size, as high as wide.")
    return problems


def write(
    out: Path,
    *,
    rng: np.random.Generator,
    classes: tuple[str, ...],
    judges: list[list[np.ndarray]],
    attacked: tuple[np.ndarray, np.ndarray],
    train: tuple[np.ndarray, np.ndarray],
) -> None:
    """Shuffle, split and write all files; attacked, train: pictures (n, side, side, 3) and labels (n,)."""
    public, private = out / "public", out / "private"
    public.mkdir(parents=True, exist_ok=True)
    private.mkdir(parents=True, exist_ok=True)
    order = rng.permutation(len(attacked[0]))[: len(attacked[0]) // 2 * 2]  # an even number: halves alike
    pictures, labels = attacked[0][order], attacked[1][order]
    half = len(labels) // 2
    usage = rng.permutation(np.repeat(["Public", "Private"], half))
    files = write_pictures(public / "data.zip", "data", pictures, labels, classes)
    write_pictures(public / "train.zip", "train", *train, classes)
    pieces = packed(judges, pictures, count=half)
    ids = np.arange(2 * half)
    key = pd.DataFrame({"Id": ids, "label": labels, "piece": "", "Usage": usage})
    for side in ("Public", "Private"):  # each half has all the pieces: it is scored by itself
        key.loc[key["Usage"] == side, "piece"] = pieces
    images = pd.DataFrame({"Id": ids, "file": files, "label": labels})
    sample = pd.DataFrame({"Id": ids, "pixels": "."})
    for table, path in (
        (images, public / "images.csv"),
        (sample, public / "sample_submission.csv"),
        (key, private / "answer_key.csv"),
    ):
        table.to_csv(path, index=False, lineterminator="\n")


def write_pictures(
    path: Path, folder: str, pictures: np.ndarray, labels: np.ndarray, classes: tuple[str, ...]
) -> list[str]:
    """Write folder/<class>/<class><number>.png into an archive, numbered from 1, and return the names."""
    numbers = [int((labels[:place] == label).sum()) + 1 for place, label in enumerate(labels)]
    names = [
        f"{folder}/{classes[label]}/{classes[label]}{number}.png"
        for label, number in zip(labels, numbers, strict=True)
    ]
    write_zip(
        path, ((name, png(picture)) for name, picture in sorted(zip(names, pictures, strict=True), key=first))
    )
    return names


def first(pair: tuple[str, np.ndarray]) -> str:
    """The name of a (name, picture)."""
    return pair[0]


def packed(judges: list[list[np.ndarray]], pictures: np.ndarray, *, count: int) -> list[str]:
    """The judges' weights and the clean pictures as `count` numbered pieces of base64."""
    file = io.BytesIO()
    weights = {
        f"{number}.{place}": part.astype(np.float16)
        for number, judge in enumerate(judges)
        for place, part in enumerate(judge)
    }
    np.savez(file, allow_pickle=False, pictures=pictures, **weights)
    text = base64.b64encode(file.getvalue()).decode()
    length = -(-len(text) // count)
    return [f"{number}:{text[number * length : (number + 1) * length]}" for number in range(count)]
