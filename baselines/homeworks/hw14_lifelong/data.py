"""Make the five tasks of homework 14: handwritten digits whose pixels change places from task to task.

Nothing is downloaded. A pen of our own writes the digits; each is written once and belongs to one task, so no
task holds the answers of another. `build_from` makes the same files of real digits, such as MNIST. NOTES.md
says what was planted and why.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from baselines.files import SourceProblems

FOLDER = "lifelong"  # below public/, with one folder a task
TASKS = 5
DIGITS = 10
SIDE = 16  # pixels of an image's edge
TRAIN, TEST = 1200, 800  # images of each task; of the tests, half are public
PLACES = 33  # where the pen is looked at along its way: closer together than it is wide
FEWEST = 500  # labelled images of a task with which build_from makes a homework: less measures nothing
SHARE = 0.25  # of the labelled images of each task that build_from holds out as the test

# fmt: off
# Where the pen goes, in one line: (across, down), each from 0 to 1. Curves run through all eight points.
STROKES = np.array([
    [(.50, .05), (.22, .20), (.18, .55), (.32, .90), (.60, .95), (.82, .70), (.80, .28), (.52, .05)],  # 0
    [(.30, .25), (.42, .15), (.54, .05), (.54, .23), (.53, .41), (.53, .59), (.52, .77), (.52, .95)],  # 1
    [(.20, .25), (.38, .06), (.70, .10), (.78, .32), (.55, .60), (.22, .92), (.50, .94), (.82, .92)],  # 2
    [(.22, .12), (.55, .05), (.76, .24), (.46, .46), (.78, .62), (.72, .88), (.45, .96), (.20, .86)],  # 3
    [(.80, .66), (.50, .66), (.18, .64), (.38, .36), (.62, .06), (.62, .35), (.61, .65), (.60, .95)],  # 4
    [(.76, .06), (.32, .07), (.28, .40), (.55, .38), (.78, .58), (.72, .85), (.45, .96), (.20, .85)],  # 5
    [(.68, .06), (.36, .28), (.22, .64), (.36, .93), (.66, .93), (.76, .68), (.54, .52), (.26, .66)],  # 6
    [(.18, .10), (.48, .08), (.80, .08), (.69, .28), (.58, .47), (.50, .64), (.43, .80), (.38, .95)],  # 7
    [(.72, .18), (.40, .06), (.32, .32), (.72, .64), (.60, .94), (.26, .82), (.42, .52), (.72, .18)],  # 8
    [(.74, .34), (.46, .48), (.24, .28), (.46, .06), (.74, .18), (.74, .45), (.68, .70), (.56, .95)],  # 9
])  # (DIGITS, 8, 2)
# fmt: on


@dataclass(frozen=True)
class Task:
    """One task: images (n, side, side), uint8, and labels (n,) of training, and those of the test."""

    images: np.ndarray
    labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def build(out: Path, *, seed: int = 2021) -> None:
    """Write out/public/lifelong/task_<n>/*.npy, the sample submission and out/private/answer_key.csv.

    The same seed gives the same bytes. The digits, the places of the pixels and the split draw from separate
    streams, so that nothing in the public files shows the state of the generator that made the split. The
    default seed is for demonstrations: who knows the seed has the key, so a real course passes a long random
    one of its own.
    """
    pen, places, split = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    tasks = []
    for order in pixel_orders(places, SIDE):
        labels = pen.permutation(np.arange(TRAIN + TEST) % DIGITS)
        images = moved(written(pen, labels), order)
        tasks.append(Task(images[:TRAIN], labels[:TRAIN], images[TRAIN:], labels[TRAIN:]))
    write(out, tasks, split)


def build_from(source: Path, out: Path, *, seed: int) -> None:
    """Write the same files of real digits: `source` holds five tasks as `build` writes them, or MNIST.

    MNIST may come as mnist.npz (x_train, y_train and, if there, x_test, y_test), as the files
    train-images-idx3-ubyte and train-labels-idx1-ubyte (.gz or not; also in MNIST/raw), or as
    train_images.npy and train_labels.npy. Its images are dealt out, a fifth to each task, and their pixels
    change places; tasks that exist keep their pixels. In both cases a share of each task's labelled images is
    held out as the test. Raises SourceProblems when something is missing or wrong.
    """
    places, deal, split = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    if (source / FOLDER).is_dir():
        labelled = read_tasks(source)
    else:
        images, labels = read_digits(source)
        shares = np.array_split(deal.permutation(len(images)), TASKS)
        orders = pixel_orders(places, images.shape[1])
        labelled = [(moved(images[s], o), labels[s]) for s, o in zip(shares, orders, strict=True)]
    require_enough(source, labelled)
    write(out, [held_out(images, labels, deal) for images, labels in labelled], split)


def pixel_orders(rng: np.random.Generator, side: int) -> list[np.ndarray]:
    """One order of the pixels (side * side,) for each task; the first leaves them where they are."""
    pixels = side * side
    return [np.arange(pixels), *(rng.permutation(pixels) for _ in range(TASKS - 1))]


def moved(images: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The images (n, side, side) with their pixels in this order."""
    return images.reshape(len(images), -1)[:, order].reshape(images.shape)


def written(rng: np.random.Generator, labels: np.ndarray) -> np.ndarray:
    """An image (n, SIDE, SIDE), uint8, of each label: no two hands write alike."""
    n = len(labels)
    points = STROKES[labels] - 0.5 + rng.normal(0, 0.035, (n, STROKES.shape[1], 2))  # a hand that trembles
    turn, lean = rng.normal(0, 0.12, n), rng.normal(0, 0.15, n)
    width, height = rng.uniform(0.62, 0.95, n), rng.uniform(0.72, 1.0, n)
    cos, sin = np.cos(turn), np.sin(turn)
    shape = np.array([[width * cos, lean * height - height * sin], [width * sin, height * cos]])  # (2, 2, n)
    path = np.einsum("ijn,nkj->nki", shape, points) + rng.normal(0, 0.03, (n, 1, 2)) + 0.5
    path = curve(STROKES.shape[1]) @ path  # (n, PLACES, 2)
    pen = rng.uniform(0.028, 0.055, n)[:, None, None]  # its width
    ink = rng.uniform(0.6, 1.0, n)[:, None, None]
    image = ink * np.exp(-0.5 * squared_distance(path) / pen**2)
    noise = rng.normal(0, 0.05, image.shape)
    return np.rint(255 * np.clip(image + noise, 0, 1)).astype(np.uint8)


def squared_distance(path: np.ndarray) -> np.ndarray:
    """(n, SIDE, SIDE): the squared distance of each pixel from a path (n, PLACES, 2)."""
    pixels = (np.arange(SIDE) + 0.5) / SIDE
    nearest = np.full((len(path), SIDE, SIDE), np.inf)
    for across, down in path.transpose(1, 2, 0):  # (n,) each
        step = (pixels - down[:, None])[:, :, None] ** 2 + (pixels - across[:, None])[:, None, :] ** 2
        np.minimum(nearest, step, out=nearest)
    return nearest


def curve(points: int) -> np.ndarray:
    """(PLACES, points): the weights with which a smooth line through the points is their mean.

    It is a Catmull-Rom spline, which passes through all points and whose ends are doubled.
    """
    at = np.linspace(0, points - 1, PLACES)
    left = np.minimum(at.astype(int), points - 2)
    t = (at - left)[:, None]
    four = np.hstack([2 * t**2 - t - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2]) / 2
    weights = np.zeros((PLACES, points))
    for step in range(4):
        np.add.at(weights, (np.arange(PLACES), np.clip(left + step - 1, 0, points - 1)), four[:, step])
    return weights


def read_tasks(source: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """The labelled images of each task in `source`, in the layout that `build` writes."""
    problems, tasks = [], []
    for task in range(TASKS):
        names = [f"{FOLDER}/task_{task}/train_{what}.npy" for what in ("images", "labels")]
        missing = [name for name in names if not (source / name).is_file()]
        if missing:
            problems.append(f"{' and '.join(missing)} not found; each of the {TASKS} tasks needs both.")
            continue
        images, labels = (np.load(source / name, allow_pickle=False) for name in names)
        wrong = wrong_with(images, labels, where=f"{FOLDER}/task_{task}")
        problems += wrong
        if not wrong:
            tasks.append((images, labels.astype(np.int64)))
    if len({images.shape[1:] for images, _ in tasks}) > 1:
        problems.append("The tasks' images are not of one size; one network has to read them all.")
    if problems:
        raise SourceProblems(source, problems)
    return tasks


def read_digits(source: Path) -> tuple[np.ndarray, np.ndarray]:
    """All labelled images (n, side, side) and labels (n,) of MNIST files in `source`."""
    archive = source / "mnist.npz"
    if archive.is_file():
        with np.load(archive, allow_pickle=False) as arrays:
            halves = [half for half in ("train", "test") if {f"x_{half}", f"y_{half}"} <= set(arrays.files)]
            if not halves:
                names = ", ".join(arrays.files)
                raise SourceProblems(source, [f"mnist.npz holds {names}; it must hold x_train and y_train."])
            images, labels = (np.concatenate([arrays[f"{axis}_{h}"] for h in halves]) for axis in "xy")
    else:
        images, labels = read_pair(source, "train") or no_digits(source)
        more = read_pair(source, "t10k") or read_pair(source, "test")
        if more:
            images, labels = np.concatenate([images, more[0]]), np.concatenate([labels, more[1]])
    problems = wrong_with(images, labels, where="the digits")
    if problems:
        raise SourceProblems(source, problems)
    return images, labels.astype(np.int64)


def read_pair(source: Path, half: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Images and labels of "train", "t10k" or "test", or None where their files are not there."""
    kinds: list[tuple[str, str, Callable[[Path], np.ndarray]]] = [
        (f"{half}-images-idx3-ubyte", f"{half}-labels-idx1-ubyte", read_idx),
        (f"{half}-images.idx3-ubyte", f"{half}-labels.idx1-ubyte", read_idx),
        (f"{half}-images-idx3-ubyte.gz", f"{half}-labels-idx1-ubyte.gz", read_idx),
        (f"{half}_images.npy", f"{half}_labels.npy", np.load),
    ]
    for folder in (source, source / "MNIST" / "raw", source / "raw"):
        for images, labels, read in kinds:
            if (folder / images).is_file() and (folder / labels).is_file():
                return read(folder / images), read(folder / labels)
    return None


def read_idx(path: Path) -> np.ndarray:
    """The array in an IDX file of bytes: two zeros, the type 8, the number of axes, their lengths."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    axes = data[3] if data[:3] == b"\0\0\x08" else 0
    shape = tuple(int(length) for length in np.frombuffer(data[4 : 4 + 4 * axes], dtype=">u4"))
    values = np.frombuffer(data[4 + 4 * axes :], dtype=np.uint8)
    if not axes or len(values) != np.prod(shape):
        raise SourceProblems(path.parent, [f"{path.name} is no whole IDX file of bytes; download it again."])
    return values.reshape(shape)


def no_digits(source: Path) -> tuple[np.ndarray, np.ndarray]:
    """Raise SourceProblems that says which files would do."""
    names = ", ".join(sorted(path.name for path in source.iterdir())) if source.is_dir() else "no such folder"
    choices = (
        "mnist.npz, train-images-idx3-ubyte with train-labels-idx1-ubyte, or train_images.npy with "
        "train_labels.npy"
    )
    raise SourceProblems(
        source, [f"Neither {FOLDER}/ nor digits are there ({choices}); there is {names or 'nothing'}."]
    )


def wrong_with(images: np.ndarray, labels: np.ndarray, *, where: str) -> list[str]:
    """A sentence for each thing that makes images and labels useless; [] when all is well."""
    problems = []
    if images.ndim != 3 or images.shape[1] != images.shape[2] or images.dtype != np.uint8:
        problems.append(
            f"The images of {where} are {images.dtype} of shape {images.shape}; "
            "expected uint8 (n, side, side)."
        )
    if labels.shape != images.shape[:1]:
        problems.append(
            f"{where} has {len(images)} images and labels of shape {labels.shape}; expected one each."
        )
    if labels.dtype.kind not in "iu" or not set(np.unique(labels)) <= set(range(DIGITS)):
        problems.append(f"The labels of {where} are not all whole numbers from 0 to {DIGITS - 1}.")
    return problems


def require_enough(source: Path, tasks: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """Raise SourceProblems where a task has few images, or no image of some digit."""
    problems = []
    for task, (images, labels) in enumerate(tasks):
        if len(images) < FEWEST:
            problems.append(f"Task {task} has {len(images)} labelled images; at least {FEWEST} are needed.")
        missing = sorted(set(range(DIGITS)) - set(labels.tolist()))
        if missing:
            problems.append(f"Task {task} has no image of {', '.join(map(str, missing))}.")
    if problems:
        raise SourceProblems(source, problems)


def held_out(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Task:
    """A task whose test is a share of these labelled images, drawn at random."""
    order = rng.permutation(len(images))
    test, train = np.split(order, [round(SHARE * len(images))])
    return Task(images[train], labels[train], images[test], labels[test])


def write(out: Path, tasks: list[Task], split: np.random.Generator) -> None:
    """Write the files of all tasks; one half of each task's tests is public."""
    usage = []
    for number, task in enumerate(tasks):
        folder = out / "public" / FOLDER / f"task_{number}"
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "train_images.npy", task.images)
        np.save(folder / "train_labels.npy", task.labels)
        np.save(folder / "test_images.npy", task.test_images)
        rows = len(task.test_labels)
        usage.append(np.where(split.permutation(rows) < rows // 2, "Public", "Private"))
    labels = np.concatenate([task.test_labels for task in tasks])
    private = out / "private"
    private.mkdir(parents=True, exist_ok=True)
    key = pd.DataFrame({"Id": np.arange(len(labels)), "Label": labels, "Usage": np.concatenate(usage)})
    key.to_csv(private / "answer_key.csv", index=False, lineterminator="\n")
    sample = pd.DataFrame({"Id": key["Id"], "Label": 0})
    sample.to_csv(out / "public" / "sample_submission.csv", index=False, lineterminator="\n")
