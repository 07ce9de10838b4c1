"""Make the dishes of homework 3: eleven kinds of food, drawn on plates, in the layout of food-11.

Nothing is downloaded. Each kind has a drawing of its own; place, turn, size, colours, light and what covers a
corner are drawn from one seed. `build_from` makes the same files from the real photographs. NOTES.md says
what was planted and why.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from baselines.files import RealFiles, SourceProblems, pixels_of, png, write_zip

FOLDER = "food-11"
DISHES = 11
SIDE = 24  # pixels
LABELLED, VALIDATION, UNLABELLED, TEST = 220, 165, 1100, 1400  # pictures; the first two equally many a kind
PICTURES = (".png", ".jpg", ".jpeg")  # what build_from takes for a picture
HELD_OUT = 3  # build_from: every third labelled picture of a kind becomes a test picture
FEWEST = 6  # build_from: labelled pictures of a kind, below which no test can be made of it
ROWS, COLUMNS = np.mgrid[0:SIDE, 0:SIDE] * (2 / (SIDE - 1)) - 1  # (SIDE, SIDE), from -1 to 1


class Layer(NamedTuple):
    """One thing on the plate: where it lies, its usual colour, and how far from that colour it may be.

    mask: (n, SIDE, SIDE) from 0 to 1. colour: red, green, blue from 0 to 1.
    """

    mask: np.ndarray
    colour: tuple[float, float, float]
    spread: float = 0.1


class Pictures(NamedTuple):
    """Pictures (n, SIDE, SIDE, 3) of uint8 and what is on them, (n,) of int."""

    pixels: np.ndarray
    dishes: np.ndarray


def build(out: Path, *, seed: int = 2021) -> None:
    """Write out/public/food-11.zip, out/public/sample_submission.csv and out/private/answer_key.csv.

    The same seed gives the same bytes. The pictures for students, those of the test and the split draw from
    separate streams, so that nothing in the public files shows the state of the generator that made the
    split. The default seed is for demonstrations: who knows the seed has the key, so a real course passes a
    long random one of its own.
    """
    study, exam, split = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    members = []
    for place, count in (("training/labeled", LABELLED), ("validation", VALIDATION)):
        shown = photograph(study, np.repeat(np.arange(DISHES), count // DISHES))
        numbers = np.tile(np.arange(count // DISHES), DISHES)
        members += [
            (f"{place}/{dish:02d}/{dish}_{number}.png", png(pixels))
            for pixels, dish, number in zip(*shown, numbers, strict=True)
        ]
    hidden = photograph(study, study.integers(0, DISHES, UNLABELLED))
    members += [(f"training/unlabeled/00/{n:04d}.png", png(pixels)) for n, pixels in enumerate(hidden.pixels)]
    test = photograph(exam, exam.integers(0, DISHES, TEST))
    members += [(f"testing/{n:04d}.png", png(pixels)) for n, pixels in enumerate(test.pixels)]
    write(out, members, dishes=test.dishes, split=split)


def build_from(source: Path, out: Path, *, seed: int) -> None:
    """Write the same files from the real pictures in source/food-11 or source/food-11.zip.

    The labels of the real test are with its makers, so a third of each kind's labelled pictures becomes the
    test here, and the real test's pictures join the unlabelled ones. Of pictures that are the same, byte for
    byte, one is kept. Raises SourceProblems.
    """
    files = RealFiles(source, FOLDER)
    labelled, others = (
        [name for place in places for name in files.below(place, *PICTURES)]
        for places in (("training/labeled/", "validation/"), ("training/unlabeled/", "testing/"))
    )
    require_kinds(source, labelled)
    data = {name: files.read(name) for name in without_repeats(files, labelled + others)}
    require_pictures(source, data)
    choice, split = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(2))
    chosen = hold_out(choice, [name for name in labelled if name in data])
    members = [
        (name.removeprefix(f"{FOLDER}/"), data[name])
        for name in labelled
        if name in data and name not in chosen
    ]
    hidden = [name for name in others if name in data]
    members += [
        (f"training/unlabeled/00/{number:04d}{Path(hidden[place]).suffix}", data[hidden[place]])
        for number, place in enumerate(choice.permutation(len(hidden)))
    ]
    members += [(f"testing/{n:04d}{Path(name).suffix}", data[name]) for n, name in enumerate(chosen)]
    write(out, members, dishes=np.array([kind_of(name) for name in chosen]), split=split)


def photograph(rng: np.random.Generator, dishes: np.ndarray) -> Pictures:
    """A picture of each of these dishes (n,); all pictures of a kind are drawn at once."""
    pixels = np.empty((len(dishes), SIDE, SIDE, 3), dtype=np.uint8)
    for dish, lay in enumerate(KINDS):
        places = np.flatnonzero(dishes == dish)
        pixels[places] = picture(rng, lay, len(places))
    return Pictures(pixels, dishes)


def picture(rng: np.random.Generator, lay: Callable[..., list[Layer]], n: int) -> np.ndarray:
    """All n pictures (n, SIDE, SIDE, 3) of a kind: table, plate, dish, what hides some of it, light."""
    image = table(rng, n)  # (n, SIDE, SIDE, 3)
    centre = between(rng, n, -0.15, 0.15), between(rng, n, -0.15, 0.15)
    size, turn = between(rng, n, 0.95, 1.2), between(rng, n, 0, 2 * np.pi)
    x, y = turned((COLUMNS - centre[0]) / size, (ROWS - centre[1]) / size, turn)  # the plate's own directions
    plate = soft(np.hypot(x, y) - 0.85) * (rng.random((n, 1, 1)) < 0.8)
    layers = [Layer(plate, (0.8, 0.8, 0.8), 0.12), *lay(rng, x, y)]
    corner = np.hypot(COLUMNS - between(rng, n, -0.9, 0.9), ROWS - between(rng, n, -0.9, 0.9))
    in_front = soft(corner - between(rng, n, 0.1, 0.25)) * (rng.random((n, 1, 1)) < 0.3)
    for layer in (*layers, Layer(in_front, (0.5, 0.5, 0.5), 0.3)):
        image = paint(rng, image, layer)
    light = rng.uniform(0.7, 1.2, (n, 1, 1, 1)) + rng.normal(0, 0.05, (n, 1, 1, 3))
    contrast = rng.uniform(0.75, 1.1, (n, 1, 1, 1))
    image = (image * light - 0.5) * contrast + 0.5 + rng.normal(0, 0.035, image.shape)
    return np.clip(np.rint(image * 255), 0, 255).astype(np.uint8)


def table(rng: np.random.Generator, n: int) -> np.ndarray:
    """All n table cloths (n, SIDE, SIDE, 3): a colour, and waves in it."""
    wave = np.sin(between(rng, n, -9, 9) * COLUMNS + between(rng, n, 3, 12) * ROWS + between(rng, n, 0, 6.3))
    return rng.uniform(0.15, 0.85, (n, 1, 1, 3)) * (0.8 + 0.2 * wave[..., None])


def paint(rng: np.random.Generator, image: np.ndarray, layer: Layer) -> np.ndarray:
    """The pictures (n, SIDE, SIDE, 3) with a layer over them, in a colour of its own in each."""
    n = len(image)
    shade = rng.normal(0, layer.spread, (n, 1, 1, 1)) + rng.normal(0, 0.6 * layer.spread, (n, 1, 1, 3))
    colour = np.clip(np.array(layer.colour) + shade, 0, 1)  # (n, 1, 1, 3)
    return image + layer.mask[..., None] * (colour - image)


def between(rng: np.random.Generator, n: int, low: float, high: float) -> np.ndarray:
    """Numbers between low and high, (n, 1, 1): one for each picture."""
    return rng.uniform(low, high, (n, 1, 1))


def turned(x: np.ndarray, y: np.ndarray, angle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The coordinates x, y (n, SIDE, SIDE) in axes that are turned by an angle (n, 1, 1)."""
    return np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x


def soft(distance: np.ndarray, width: float = 0.06) -> np.ndarray:
    """1 inside, where the distance to the edge is negative, 0 outside, and a slope of this width."""
    return 1 / (1 + np.exp(np.clip(distance / width, -30, 30)))


def stroke(distance: np.ndarray, half: float, within: np.ndarray | float = 1.0) -> np.ndarray:
    """The mask of a line of this half width around distance 0, cut to what it lies within."""
    return soft(np.abs(distance) - half, 0.035) * within


def union(masks: Sequence[np.ndarray]) -> np.ndarray:
    """The mask of all that any of these covers."""
    return np.maximum.reduce(masks)


def scattered(rng: np.random.Generator, n: int, count: int, reach: float) -> list[tuple[np.ndarray, ...]]:
    """Places x, y, `count` of them, within `reach` of the middle and a direction, each (n, 1, 1)."""
    return [
        (between(rng, n, -reach, reach), between(rng, n, -reach, reach), between(rng, n, 0, np.pi))
        for _ in range(count)
    ]


def bread(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    """A loaf with three cuts."""
    loaf = soft(np.abs(x / 0.68) ** 3 + np.abs(y / 0.42) ** 3 - 1, 0.15)
    crust = loaf * soft(np.abs(y) - 0.3)
    cuts = union([stroke(x - place + 0.3 * y, 0.045, crust) for place in (-0.35, 0, 0.35)])
    return [Layer(loaf, (0.72, 0.52, 0.3)), Layer(cuts, (0.9, 0.78, 0.58))]


def cheese(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    """A wedge with holes."""
    wedge = soft(np.maximum(-y - 0.45, np.maximum(y + 0.7 * x, y - 0.7 * x) - 0.35))
    holes = [soft(np.hypot(x - left, y - down) - 0.09) for left, down, _ in scattered(rng, len(x), 4, 0.25)]
    return [Layer(wedge, (0.93, 0.84, 0.5)), Layer(union(holes) * wedge, (0.7, 0.58, 0.3))]


def cake(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    """A square slice with layers of cream."""
    slice_ = soft(np.maximum(np.abs(x), np.abs(y)) - 0.5)
    cream = union([stroke(y - place, 0.08, slice_) for place in (-0.3, 0, 0.3)])
    return [Layer(slice_, (0.85, 0.62, 0.6)), Layer(cream, (0.4, 0.25, 0.2))]


def egg(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    """A fried egg."""
    edge = 0.55 + 0.07 * np.sin(5 * np.arctan2(y, x) + between(rng, len(x), 0, 6.3))
    white, yolk = soft(np.hypot(x, 1.15 * y) - edge), soft(np.hypot(x - 0.1, y) - 0.23)
    return [Layer(white, (0.94, 0.93, 0.88)), Layer(yolk, (0.93, 0.68, 0.2))]


def fries(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    """Seven sticks across each other."""
    layers = []
    for left, down, angle in scattered(rng, len(x), 7, 0.4):
        along, across = turned(x - left, y - down, angle)
        stick = soft(np.maximum(np.abs(along) - 0.32, np.abs(across) - 0.08), 0.04)
        layers.append(Layer(stick, (0.78, 0.6, 0.3), 0.14))
    return layers


def steak(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    """A piece of meat with the marks of the grill."""
    edge = 0.5 + 0.08 * np.sin(3 * np.arctan2(y, x) + between(rng, len(x), 0, 6.3))
    meat = soft(np.hypot(x / 1.25, y) - edge)
    marks = union([stroke(x + y - place, 0.06, meat) for place in (-0.5, -0.17, 0.17, 0.5)])
    return [Layer(meat, (0.58, 0.28, 0.22)), Layer(marks, (0.25, 0.13, 0.1), 0.1)]


def noodles(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    """A heap of wavy strands."""
    heap, phase = soft(np.hypot(x, y) - 0.65), between(rng, len(x), 0, 6.3)
    waves = [y - place - 0.1 * np.sin(8 * x + 9 * place + phase) for place in np.linspace(-0.5, 0.5, 6)]
    strands = union([stroke(wave, 0.045, heap) for wave in waves])
    return [Layer(heap, (0.72, 0.55, 0.32)), Layer(strands, (0.95, 0.86, 0.58))]


def rice(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    """A heap of grains."""
    heap, grains = soft(np.hypot(x, y) - 0.6), []
    for left, down, angle in scattered(rng, len(x), 22, 0.42):
        along, across = turned(x - left, y - down, angle)
        grains.append(soft(np.hypot(along, 1.7 * across) - 0.1, 0.035))
    return [Layer(heap, (0.55, 0.46, 0.36)), Layer(union(grains), (0.94, 0.93, 0.88), 0.08)]


def shrimp(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    """A bent body and a head."""
    body = soft(np.abs(np.hypot(x, y) - 0.42) - 0.15) * soft(-(x + 0.12), 0.08)
    head = soft(np.hypot(x + 0.05, y - 0.42) - 0.12)
    return [Layer(body, (0.9, 0.52, 0.4)), Layer(head, (0.78, 0.32, 0.28))]


def soup(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    """A bowl, its broth and some herbs."""
    bowl, broth = soft(np.hypot(x, y) - 0.75), soft(np.hypot(x, y) - 0.58)
    herbs = [soft(np.hypot(x - left, y - down) - 0.09) for left, down, _ in scattered(rng, len(x), 4, 0.35)]
    in_bowl = [Layer(broth, (0.75, 0.46, 0.22), 0.2), Layer(union(herbs), (0.3, 0.52, 0.26))]
    return [Layer(bowl, (0.35, 0.33, 0.38), 0.2), *in_bowl]


def leaves(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> list[Layer]:
    """Six leaves."""
    layers = []
    for left, down, angle in scattered(rng, len(x), 6, 0.36):
        along, across = turned(x - left, y - down, angle)
        leaf = soft(1.5 * np.abs(along) + 2.6 * np.abs(across) - 0.44, 0.08)
        layers.append(Layer(leaf, (0.32, 0.54, 0.26)))
    return layers


# By the number of the kind.
KINDS = (bread, cheese, cake, egg, fries, steak, noodles, rice, shrimp, soup, leaves)


def kind_of(name: str) -> int:
    """The kind that a labelled picture's folder names; -1 where the folder is no number."""
    folder = Path(name).parent.name
    return int(folder) if folder.isdecimal() else -1


def require_kinds(source: Path, labelled: Sequence[str]) -> None:
    """Raise SourceProblems unless all folders are kinds 0 to 10 and each kind has pictures enough."""
    known = [kind_of(name) for name in labelled if 0 <= kind_of(name) < DISHES]
    strange = sorted({Path(name).parent.name for name in labelled if not 0 <= kind_of(name) < DISHES})
    problems = []
    if strange:
        problems.append(
            f"Labelled pictures lie in folders named 00 to 10 after their kind; found {', '.join(strange)}. "
            "Rename them, or move out what is none of the eleven kinds."
        )
    counts = np.bincount(np.array(known, dtype=int), minlength=DISHES)
    if few := [f"{kind:02d} has {count}" for kind, count in enumerate(counts) if count < FEWEST]:
        problems.append(f"Each kind needs {FEWEST} labelled pictures or more; {', '.join(few)}. Add some.")
    if problems:
        raise SourceProblems(source, problems)


def require_pictures(source: Path, data: dict[str, bytes]) -> None:
    """Raise SourceProblems that names the files which are no pictures."""
    broken = []
    for name, content in data.items():
        try:
            pixels_of(content)
        except (OSError, SyntaxError, ValueError):
            broken.append(name)
    if broken:
        more = f" and {len(broken) - 5} more" if len(broken) > 5 else ""
        named = ", ".join(broken[:5]) + more
        raise SourceProblems(source, [f"{named} cannot be read as a picture. Copy it again, or remove it."])


def without_repeats(files: RealFiles, names: Sequence[str]) -> list[str]:
    """The names without those whose file is, byte for byte, an earlier one."""
    first: dict[bytes, str] = {}
    for name in names:
        first.setdefault(hashlib.sha256(files.read(name)).digest(), name)
    return list(first.values())


def hold_out(rng: np.random.Generator, labelled: Sequence[str]) -> dict[str, None]:
    """Every third picture of each kind, drawn by chance and in an order that says nothing."""
    shuffled = [labelled[place] for place in rng.permutation(len(labelled))]
    chosen = []
    for kind in range(DISHES):
        of_kind = [name for name in shuffled if kind_of(name) == kind]
        chosen += of_kind[: len(of_kind) // HELD_OUT]
    return dict.fromkeys(chosen[place] for place in rng.permutation(len(chosen)))


def write(
    out: Path, members: Sequence[tuple[str, bytes]], *, dishes: np.ndarray, split: np.random.Generator
) -> None:
    """Write the archive of (name, contents), the sample and the key; dishes (n,) are the test's answers."""
    write_zip(out / "public" / f"{FOLDER}.zip", [(f"{FOLDER}/{name}", data) for name, data in members])
    usage = np.where(split.permutation(len(dishes)) < len(dishes) // 2, "Public", "Private")
    key = pd.DataFrame({"Id": np.arange(len(dishes)), "Category": dishes, "Usage": usage})
    (out / "private").mkdir(parents=True, exist_ok=True)
    key.to_csv(out / "private" / "answer_key.csv", index=False, lineterminator="\n")
    sample = pd.DataFrame({"Id": key["Id"], "Category": 0})
    sample.to_csv(out / "public" / "sample_submission.csv", index=False, lineterminator="\n")
