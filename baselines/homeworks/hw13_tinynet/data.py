"""Make the dishes of homework 13: eleven kinds of food on plates, in the layout of food11-hw13.

Nothing is downloaded. Each kind has a drawing of its own; place, turn, size, colours, light and noise are
drawn from one seed. The test's pictures are in no public file: the key holds them, and the metric runs the
uploaded network on them. `build_from` makes the same files from the real photographs. NOTES.md says what was
planted and why.
"""

import base64
import hashlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from baselines.files import RealFiles, SourceProblems, pixels_of, png, write_zip

FOLDER = "food11-hw13"
DISHES = 11
SIDE = 24  # pixels of a drawn picture
PHOTO_SIDE = 32  # pixels to which the photographs of the test are brought; the others stay as they are
TRAINING, VALIDATION, UNLABELLED = 330, 110, 1320  # pictures for students; the first two equally many a kind
HIDDEN = 1100  # pictures of each half of the test, equally many a kind
PIECES = 64  # rows of each half: one for each piece of a packed network, as metric.py cuts it
PICTURES = (".png", ".jpg", ".jpeg")  # what build_from takes for a picture
HELD_OUT = 3  # build_from: every third labelled picture of a kind is hidden
FEWEST = 36  # build_from: labelled pictures of a kind; with fewer, a row of the key would have no picture
ROWS, COLUMNS = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) * (2 / (SIDE - 1)) - 1  # (SIDE, SIDE), -1 to 1
Layer = tuple[np.ndarray, tuple[float, float, float]]  # a mask (n, SIDE, SIDE) from 0 to 1, and its colour
Lay = Callable[[np.random.Generator, np.ndarray, np.ndarray], list[Layer]]


def build(out: Path, *, seed: int = 2021) -> None:
    """Write out/public/{food11-hw13.zip,tinynet.py,sample_submission.csv} and out/private/answer_key.csv.

    The same seed gives the same bytes. Public pictures, hidden ones and the split draw from separate streams,
    so that nothing in the public files shows the state of the generator that made the others. The default
    seed is for demonstrations: who knows the seed has the key, so a real course passes a long random one of
    its own.
    """
    study, exam, split = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    members = []
    for place, count in (("training", TRAINING), ("validation", VALIDATION)):
        dishes = np.repeat(np.arange(DISHES), count // DISHES)
        numbers = np.tile(np.arange(count // DISHES), DISHES)
        for pixels, dish, number in zip(photograph(study, dishes), dishes, numbers, strict=True):
            members.append((f"{place}/{dish}_{number}.png", png(pixels)))
    others = photograph(study, study.integers(0, DISHES, UNLABELLED))
    members += [(f"evaluation/{number:04d}.png", png(pixels)) for number, pixels in enumerate(others)]
    hidden = exam.permutation(np.repeat(np.arange(DISHES), 2 * HIDDEN // DISHES))
    write(out, members, pixels=photograph(exam, hidden), dishes=hidden, split=split)


def build_from(source: Path, out: Path, *, seed: int) -> None:
    """Write the same files from the real pictures in source/food11-hw13 or source/food11-hw13.zip.

    There, labelled pictures are called <kind>_<number>.jpg, in training/ and validation/; evaluation/ has no
    labels. A third of each kind's labelled pictures becomes the hidden test, at PHOTO_SIDE pixels.
    Of pictures that are the same, byte for byte, one is kept. Raises SourceProblems.
    """
    files = RealFiles(source, FOLDER)
    labelled = [name for place in ("training/", "validation/") for name in files.below(place, *PICTURES)]
    others = files.below("evaluation/", *PICTURES)
    require_kinds(source, labelled)
    data = first_of_each({name: files.read(name) for name in [*labelled, *others]})
    choice, split = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(2))
    hidden = hold_out(choice, [name for name in labelled if name in data])
    public = [name for name in [*labelled, *others] if name in data.keys() - set(hidden)]
    members = [(name.removeprefix(f"{FOLDER}/"), data[name]) for name in public]
    side = min(PHOTO_SIDE, read_picture(source, hidden[0], data[hidden[0]]).shape[0])
    pixels = np.stack([read_picture(source, name, data[name], side=side) for name in hidden])
    write(out, members, pixels=pixels, dishes=np.array([kind_of(name) for name in hidden]), split=split)


def photograph(rng: np.random.Generator, dishes: np.ndarray) -> np.ndarray:
    """A picture (n, SIDE, SIDE, 3), uint8, of each dish (n,); those of a kind are drawn at once."""
    pixels = np.empty((len(dishes), SIDE, SIDE, 3), dtype=np.uint8)
    for dish, lay in enumerate(KINDS):
        places = np.flatnonzero(dishes == dish)
        pixels[places] = picture(rng, lay, len(places))
    return pixels


def picture(rng: np.random.Generator, lay: Lay, n: int) -> np.ndarray:
    """N pictures (n, SIDE, SIDE, 3) of one kind: a table, a plate, the dish, light and noise."""
    wave = np.sin(between(rng, n, -9, 9) * COLUMNS + between(rng, n, 3, 12) * ROWS + between(rng, n, 0, 6.3))
    image = rng.uniform(0.15, 0.85, (n, 1, 1, 3)) * (0.8 + 0.2 * wave[..., None])
    size, turn = between(rng, n, 0.95, 1.25), between(rng, n, 0, 2 * np.pi)
    right, down = ((axis - between(rng, n, -0.18, 0.18)) / size for axis in (COLUMNS, ROWS))
    x, y = turned(right, down, turn)  # from the plate's middle, in its own directions
    plate = soft(np.hypot(x, y) - 0.85) * (rng.random((n, 1, 1)) < 0.8)
    for mask, colour in [(plate, (0.78, 0.78, 0.78)), *lay(rng, x, y)]:
        shade = rng.normal(0, 0.09, (n, 1, 1, 1)) + rng.normal(0, 0.06, (n, 1, 1, 3))
        image = image + mask[..., None] * (np.clip(np.array(colour) + shade, 0, 1) - image)
    light = rng.uniform(0.7, 1.2, (n, 1, 1, 1)) + rng.normal(0, 0.05, (n, 1, 1, 3))
    image = (image * light - 0.5) * rng.uniform(0.75, 1.1, (n, 1, 1, 1)) + 0.5
    return np.clip(np.rint(255 * (image + rng.normal(0, 0.035, image.shape))), 0, 255).astype(np.uint8)


def between(rng: np.random.Generator, n: int, low: float, high: float) -> np.ndarray:
    """(n, 1, 1) numbers between low and high: one for each picture."""
    return rng.uniform(low, high, (n, 1, 1))


def turned(x: np.ndarray, y: np.ndarray, angle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The coordinates x, y (n, SIDE, SIDE) in axes that are turned by an angle (n, 1, 1)."""
    return np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x


def soft(distance: np.ndarray, width: float = 0.06) -> np.ndarray:
    """1 inside, where the distance to the edge is negative, 0 outside, and a slope of this width."""
    return 1 / (1 + np.exp(np.clip(distance / width, -30, 30)))


def union(masks: Sequence[np.ndarray]) -> np.ndarray:
    """The mask of all that any of these covers."""
    return np.maximum.reduce(masks)


def spots(rng: np.random.Generator, x: np.ndarray, y: np.ndarray, count: int, radius: float) -> np.ndarray:
    """The mask of `count` round spots, each somewhere within 0.42 of the middle."""
    n = len(x)
    places = [(between(rng, n, -0.42, 0.42), between(rng, n, -0.42, 0.42)) for _ in range(count)]
    return union([soft(np.hypot(x - left, y - down) - radius) for left, down in places])


def pizza(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    crust, cheese = soft(np.hypot(x, y) - 0.7), soft(np.hypot(x, y) - 0.58)
    salami = spots(rng, x, y, 5, 0.12) * cheese
    return [(crust, (0.75, 0.56, 0.32)), (cheese, (0.9, 0.72, 0.36)), (salami, (0.7, 0.22, 0.18))]


def doughnut(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    from_ring = np.abs(np.hypot(x, y) - 0.4)
    ring, glaze = soft(from_ring - 0.24), soft(from_ring - 0.15)
    crumbs = spots(rng, x, y, 9, 0.06) * glaze
    return [(ring, (0.72, 0.5, 0.28)), (glaze, (0.85, 0.55, 0.6)), (crumbs, (0.95, 0.9, 0.6))]


def pancake(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    cake, butter = soft(np.hypot(x, y) - 0.62), soft(np.maximum(np.abs(x), np.abs(y)) - 0.15)
    edge = 0.32 + 0.12 * np.sin(4 * np.arctan2(y, x) + between(rng, len(x), 0, 6.3))
    syrup = soft(np.hypot(x, y) - edge)
    return [(cake, (0.78, 0.58, 0.32)), (syrup, (0.5, 0.28, 0.12)), (butter, (0.96, 0.9, 0.55))]


def sushi(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    layers: list[Layer] = []
    for left, down in ((-0.38, -0.22), (0.38, -0.22), (0.0, 0.42)):
        away = np.hypot(x - left + between(rng, len(x), -0.05, 0.05), y - down)
        layers += [(soft(away - 0.3), (0.12, 0.16, 0.12)), (soft(away - 0.23), (0.94, 0.93, 0.9))]
        layers.append((soft(away - 0.1), (0.9, 0.45, 0.3)))
    return layers


def sandwich(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    half = soft(np.maximum(-y - 0.4, np.maximum(y + 0.9 * x, y - 0.9 * x) - 0.42))
    lettuce, ham = (soft(np.abs(y - place) - 0.07) * half for place in (-0.12, 0.06))
    return [(half, (0.85, 0.72, 0.5)), (lettuce, (0.4, 0.6, 0.28)), (ham, (0.82, 0.35, 0.3))]


def banana(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    bow = np.abs(np.hypot(x, y + 0.45) - 0.65) - 0.15 * np.cos(np.clip(1.3 * x, -1.5, 1.5))
    body = soft(bow) * soft(-(y + 0.1), 0.08) * soft(np.abs(x) - 0.62)
    return [(body, (0.9, 0.8, 0.3)), (spots(rng, x, y, 8, 0.05) * body, (0.4, 0.28, 0.15))]


def apple(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    fruit = soft(np.hypot(x, y) - 0.48 - 0.08 * np.cos(2 * np.arctan2(x, y)))
    stalk = soft(np.maximum(np.abs(x) - 0.05, np.abs(y + 0.5) - 0.2), 0.04)
    leaf = soft(np.hypot((x - 0.2) / 1.8, y + 0.55) - 0.11)
    return [(fruit, (0.72, 0.24, 0.2)), (stalk, (0.35, 0.25, 0.15)), (leaf, (0.35, 0.58, 0.28))]


def grapes(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    layers: list[Layer] = []
    for row, count in enumerate((4, 3, 2, 1)):
        for place in range(count):
            left, down = 0.3 * (place - (count - 1) / 2), 0.28 * row - 0.4
            away = np.hypot(x - left - between(rng, len(x), -0.05, 0.05), y - down)
            layers.append((soft(away - 0.16), (0.45, 0.3, 0.5)))
    return layers


def skewer(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    stick = soft(np.maximum(np.abs(y) - 0.04, np.abs(x) - 0.8), 0.04)
    meat = [soft(np.maximum(np.abs(x - place) - 0.18, np.abs(y) - 0.26)) for place in (-0.45, 0, 0.45)]
    return [(stick, (0.75, 0.6, 0.4)), (union(meat[::2]), (0.6, 0.32, 0.22)), (meat[1], (0.8, 0.3, 0.25))]


def dumplings(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    layers: list[Layer] = []
    for left, down in ((-0.35, -0.3), (0.35, -0.3), (-0.35, 0.35), (0.35, 0.35)):
        along, across = turned(x - left, y - down, between(rng, len(x), -0.6, 0.6))
        half = soft(np.hypot(along, across) - 0.3) * soft(-across - 0.05)
        seam = soft(np.abs(np.hypot(along, across) - 0.25) - 0.03) * half
        layers += [(half, (0.9, 0.85, 0.72)), (seam, (0.7, 0.6, 0.45))]
    return layers


def salad(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    bowl = soft(np.hypot(x, y) - 0.68)
    colours = ((0.75, 0.25, 0.22), (0.92, 0.88, 0.6), (0.28, 0.48, 0.22))
    return [(bowl, (0.5, 0.62, 0.35)), *((spots(rng, x, y, 3, 0.13) * bowl, colour) for colour in colours)]


# By the number of the kind.
KINDS: tuple[Lay, ...] = (pizza, doughnut, pancake, sushi, sandwich, banana, apple, grapes, skewer)
KINDS += (dumplings, salad)


def kind_of(name: str) -> int:
    """The kind in a labelled picture's name, <kind>_<number>.jpg; -1 where there is none."""
    number = Path(name).stem.split("_")[0]
    return int(number) if number.isdecimal() else -1


def require_kinds(source: Path, labelled: Sequence[str]) -> None:
    """Raise SourceProblems unless all names tell a kind from 0 to 10 and each kind has pictures enough."""
    strange = [name for name in labelled if not 0 <= kind_of(name) < DISHES]
    problems = []
    if strange:
        problems.append(
            f"Labelled pictures are called <kind>_<number>, with kinds from 0 to 10; found {strange[0]} and "
            f"{len(strange) - 1} more that are not. Rename them, or move them out."
        )
    kinds = [kind_of(name) for name in labelled if name not in strange]
    counts = np.bincount(np.array(kinds, dtype=int), minlength=DISHES)
    if few := [f"{kind} has {count}" for kind, count in enumerate(counts) if count < FEWEST]:
        problems.append(f"Each kind needs {FEWEST} labelled pictures or more; {', '.join(few)}. Add some.")
    if problems:
        raise SourceProblems(source, problems)


def first_of_each(data: dict[str, bytes]) -> dict[str, bytes]:
    """The files without those that are, byte for byte, an earlier one."""
    first: dict[bytes, str] = {}
    for name, content in data.items():
        first.setdefault(hashlib.sha256(content).digest(), name)
    return {name: data[name] for name in first.values()}


def hold_out(rng: np.random.Generator, labelled: Sequence[str]) -> list[str]:
    """A third of the pictures of each kind, drawn by chance and in an order that says nothing."""
    shuffled = [labelled[place] for place in rng.permutation(len(labelled))]
    chosen = []
    for kind in range(DISHES):
        of_kind = [name for name in shuffled if kind_of(name) == kind]
        chosen += of_kind[: len(of_kind) // HELD_OUT]
    return [chosen[place] for place in rng.permutation(len(chosen))]


def read_picture(source: Path, name: str, data: bytes, *, side: int | None = None) -> np.ndarray:
    """The pixels of a picture, at this side where one is given; SourceProblems if it is none."""
    try:
        return pixels_of(data, side=side)
    except (OSError, SyntaxError, ValueError):
        words = f"{name} cannot be read as a picture. Copy it again, or remove it."
        raise SourceProblems(source, [words]) from None


def write(
    out: Path,
    members: Sequence[tuple[str, bytes]],
    *,
    pixels: np.ndarray,
    dishes: np.ndarray,
    split: np.random.Generator,
) -> None:
    """Write the archive of (name, contents), the network's language, the sample and the key.

    pixels (n, side, side, 3) and dishes (n,) are hidden: the first half of them in the public rows of the
    key, the second in the private ones. Each row holds a few pictures of its half.
    """
    public = out / "public"
    write_zip(public / f"{FOLDER}.zip", [(f"{FOLDER}/{name}", data) for name, data in members])
    shutil.copyfile(Path(__file__).parent / "metric.py", public / "tinynet.py")
    first = split.integers(0, 2, PIECES) == 1  # (PIECES,): whether a pair's first row is the public one
    usage = np.where(np.stack([first, ~first], axis=1), "Public", "Private").ravel()
    key = pd.DataFrame({"Id": np.arange(2 * PIECES), "Pictures": "", "Labels": "", "Usage": usage})
    for half, places in zip(("Public", "Private"), np.array_split(np.arange(len(dishes)), 2), strict=True):
        shares = np.array_split(places, PIECES)
        rows = key["Usage"] == half
        key.loc[rows, "Pictures"] = [base64.b64encode(pixels[share].tobytes()).decode() for share in shares]
        key.loc[rows, "Labels"] = [" ".join(map(str, dishes[share])) for share in shares]
    (out / "private").mkdir(parents=True, exist_ok=True)
    key.to_csv(out / "private" / "answer_key.csv", index=False, lineterminator="\n")
    sample = pd.DataFrame({"Id": key["Id"], "Network": "."})
    sample.to_csv(public / "sample_submission.csv", index=False, lineterminator="\n")
