"""Make the pictures of homework 11: colour photographs with labels, and line drawings of the same ten things.

Nothing is downloaded. A house, a fish, a tree and seven more are cut out as outlines; a camera of our own
sees them as textured areas before a busy background, and invented people draw them, shakily and with gaps.
`build_from` makes the same files of real pictures. NOTES.md says what was planted and why.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from baselines.files import RealFiles, SourceProblems, pixels_of, png, write_zip

FOLDER = "real_or_drawing"
KINDS = 10
PHOTO, DRAWING = 32, 28  # pixels of a photograph's and of a drawing's edge
PHOTOS = 200  # of each kind
PEOPLE = 260  # each draws one thing of each kind; half of them are public
POINTS = 56  # of an outline, evenly spaced
PICTURES = (".png", ".jpg", ".jpeg", ".bmp")
FEWEST = 20  # pictures of each kind with which build_from makes a homework
SHARE = 0.25  # of the photographs that build_from holds out where no drawing has a label
# fmt: off
CORNERS: list[list[tuple[float, float]]] = [  # of each thing: (across, down), from 0 to 1
    [(.15, .95), (.15, .48), (.04, .48), (.5, .06), (.96, .48), (.85, .48), (.85, .95)],  # house
    [(.02, .5), (.2, .3), (.45, .24), (.7, .42), (.96, .2), (.9, .5), (.96, .8), (.7, .58), (.45, .76),
     (.2, .7)],  # fish
    [(.5, .02), (.74, .34), (.62, .34), (.84, .64), (.58, .64), (.58, .97), (.42, .97), (.42, .64),
     (.16, .64), (.38, .34), (.26, .34)],  # fir
    [(.08, .16), (.68, .16), (.69, .3), (.9, .3), (.96, .46), (.88, .66), (.67, .68), (.62, .88),
     (.14, .88)],  # cup
    [(.5, .02), (.61, .36), (.97, .36), (.68, .57), (.79, .93), (.5, .71), (.21, .93), (.32, .57),
     (.03, .36), (.39, .36)],  # star
    [(.42, .02), (.58, .02), (.59, .3), (.74, .44), (.74, .97), (.26, .97), (.26, .44), (.41, .3)],  # bottle
    [(.02, .74), (.04, .52), (.24, .48), (.36, .26), (.7, .26), (.82, .48), (.97, .54), (.98, .74),
     (.84, .76), (.76, .86), (.66, .76), (.34, .76), (.25, .86), (.16, .76)],  # car
    [(.04, .5), (.12, .26), (.32, .1), (.5, .06), (.68, .1), (.88, .26), (.96, .5), (.58, .5), (.6, .96),
     (.4, .96), (.42, .5)],  # mushroom
    [(.68, .04), (.4, .1), (.2, .34), (.2, .66), (.4, .9), (.7, .96), (.52, .78), (.44, .5),
     (.5, .24)],  # moon
    [(.06, .2), (.28, .5), (.5, .14), (.72, .5), (.94, .2), (.86, .84), (.14, .84)],  # crown
]
# fmt: on


def build(out: Path, *, seed: int = 2021) -> None:
    """Write out/public/real_or_drawing.zip, the sample submission and out/private/answer_key.csv.

    The same seed gives the same bytes. Photographs, drawings, their order and the split draw from separate
    streams, so that nothing in the public files shows the state of the generator that made the split. The
    default seed is for demonstrations: who knows the seed has the key, so a real course passes a long random
    one of its own.
    """
    children = np.random.SeedSequence(seed).spawn(4)
    camera, people, places, split = (np.random.default_rng(child) for child in children)
    photos = photographs(camera, np.arange(KINDS * PHOTOS) // PHOTOS)
    kinds = np.tile(np.arange(KINDS), PEOPLE)  # one after the other draws all ten
    public = np.repeat(split.permutation(PEOPLE) < PEOPLE // 2, KINDS)  # a person's drawings stay together
    order = places.permutation(len(kinds))
    pictures = drawings(people, kinds)
    write(out, photos.reshape(KINDS, PHOTOS, PHOTO, PHOTO, 3), pictures[order], kinds[order], public[order])


def outlines(rng: np.random.Generator, kinds: np.ndarray, *, shake: float) -> np.ndarray:
    """An outline (n, POINTS, 2) of each kind (n,), turned, stretched and bent; shake: how much."""
    n = len(kinds)
    points = np.stack([evenly(np.array(corners)) for corners in CORNERS])[kinds] - 0.5
    turn, lean = rng.normal(0, 0.9 * shake, n), rng.normal(0, 0.8 * shake, n)
    width, height = (rng.uniform(0.62, 0.92, n) * np.exp(rng.normal(0, shake, n)) for _ in range(2))
    cos, sin = np.cos(turn), np.sin(turn)
    shape = np.array([[width * cos, lean * height - height * sin], [width * sin, height * cos]])  # (2, 2, n)
    points = np.einsum("ijn,npj->npi", shape, points)
    points[rng.random(n) < 0.5, :, 0] *= -1  # things look to either side
    for waves in (1, 2):  # space itself is bent: a slow wave across, another one down
        phase, size = rng.uniform(0, 2 * np.pi, (n, 1, 2)), rng.normal(0, 0.28 * shake / waves, (n, 1, 2))
        points = points + size * np.sin(2 * np.pi * waves * points[:, :, ::-1] + phase)
    centred = points - (points.max(axis=1, keepdims=True) + points.min(axis=1, keepdims=True)) / 2
    largest = np.abs(centred).max(axis=(1, 2))[:, None, None]
    centred *= np.minimum(1, 0.47 / largest)
    room = 0.49 - np.abs(centred).max(axis=1, keepdims=True)
    return centred + 0.5 + room * rng.uniform(-1, 1, (n, 1, 2))


def evenly(corners: np.ndarray) -> np.ndarray:
    """POINTS places (POINTS, 2) along the closed line through corners (m, 2), evenly spaced."""
    closed = np.vstack([corners, corners[:1]])
    way = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    at = np.arange(POINTS) / POINTS * way[-1]
    return np.stack([np.interp(at, way, closed[:, axis]) for axis in range(2)], axis=1)


def photographs(rng: np.random.Generator, kinds: np.ndarray) -> np.ndarray:
    """Photographs (n, PHOTO, PHOTO, 3), uint8, of things of these kinds."""
    n = len(kinds)
    area = blurred(inside(outlines(rng, kinds, shake=0.12).astype(np.float32)))[..., None]  # (n, y, x, 1)
    back, front = surface(rng, n), surface(rng, n)
    colour = rng.uniform(0.05, 0.95, (n, 1, 1, 3)).astype(np.float32)
    apart = rng.uniform(0.25, 0.5, (n, 1, 1, 1)) * rng.choice([-1, 1], (n, 1, 1, 3))
    other = colour + np.where(np.abs(colour + apart - 0.5) < 0.5, apart, -apart)  # well apart, within bounds
    picture = (colour + back) * (1 - area) + (other + front) * area
    picture += rng.normal(0, 0.035, picture.shape)
    return np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8)


def surface(rng: np.random.Generator, n: int) -> np.ndarray:
    """The light and dark of n surfaces, (n, PHOTO, PHOTO, 1): stripes, spots and a slope of light."""
    y, x = np.mgrid[0:PHOTO, 0:PHOTO].astype(np.float32)[:, None] / PHOTO
    along, across, phase = (rng.uniform(low, high, (n, 1, 1)) for low, high in ((-22, 22), (-22, 22), (0, 6)))
    stripes = rng.uniform(0, 0.13, (n, 1, 1)) * np.sin(along * x + across * y + phase)
    spots = rng.uniform(0, 0.5, (n, 1, 1)) * blurred(blurred(rng.normal(0, 0.35, (n, PHOTO, PHOTO))))
    light = rng.normal(0, 0.12, (n, 1, 1)) * (x - 0.5) + rng.normal(0, 0.12, (n, 1, 1)) * (y - 0.5)
    return (stripes + spots + light)[..., None].astype(np.float32)


def inside(outline: np.ndarray) -> np.ndarray:
    """1 where a pixel lies within an outline (n, POINTS, 2), else 0: (n, PHOTO, PHOTO)."""
    pixels = ((np.arange(PHOTO) + 0.5) / PHOTO).astype(np.float32)
    within = np.zeros((len(outline), PHOTO, PHOTO), dtype=bool)
    ends = np.roll(outline, -1, axis=1)
    for (ax, ay), (bx, by) in zip(outline.transpose(1, 2, 0), ends.transpose(1, 2, 0), strict=True):
        beside = (ay[:, None] > pixels) != (by[:, None] > pixels)  # (n, y): the edge passes this row ...
        slope = (bx - ax) / np.where(by == ay, 1, by - ay)
        meets = ax[:, None] + slope[:, None] * (pixels - ay[:, None])  # ... here
        within ^= beside[:, :, None] & (pixels < meets[:, :, None])
    return within.astype(np.float32)


def blurred(images: np.ndarray) -> np.ndarray:
    """Images (n, height, width), each pixel mixed with its eight neighbours."""
    for axis in (1, 2):
        images = 0.5 * images + 0.25 * (np.roll(images, 1, axis) + np.roll(images, -1, axis))
    return images


def drawings(rng: np.random.Generator, kinds: np.ndarray) -> np.ndarray:
    """Drawings (n, DRAWING, DRAWING), uint8, white on black; each person draws KINDS, one by one."""
    n = len(kinds)
    people = np.repeat(np.arange(n // KINDS), KINDS)
    pen = rng.uniform(0.018, 0.034, n // KINDS)[people, None, None].astype(np.float32)
    hand = rng.uniform(0.004, 0.016, n // KINDS)[people, None, None]  # how much it trembles
    line = outlines(rng, kinds, shake=0.2)
    line = line + hand * rng.normal(size=line.shape)
    line = (line + np.roll(line, 1, axis=1)) / 2
    finer = np.stack([line, (line + np.roll(line, -1, axis=1)) / 2], axis=2).reshape(n, 2 * POINTS, 2)
    start, gap = rng.integers(0, 2 * POINTS, (n, 1)), rng.integers(0, POINTS // 2, (n, 1))
    lifted = (np.arange(2 * POINTS) - start) % (2 * POINTS) < gap  # the pen leaves the paper for a while
    finer[lifted] = 9  # far away
    line = np.concatenate([finer, scribbles(rng, n)], axis=1).astype(np.float32)
    image = np.exp(-0.5 * nearest(line) / pen**2)
    return np.rint(255 * np.clip(1.3 * image, 0, 1)).astype(np.uint8)


def scribbles(rng: np.random.Generator, n: int) -> np.ndarray:
    """Up to two short strokes a drawing, (n, 24, 2): a window, a fin; far away where there is none."""
    middle, turn = rng.uniform(0.3, 0.7, (n, 2, 1, 2)), rng.uniform(0, 2 * np.pi, (n, 2, 1))
    along = rng.uniform(0.04, 0.16, (n, 2, 1)) * np.linspace(-1, 1, 12)  # (n, 2, 12)
    strokes = middle + along[..., None] * np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    strokes[rng.random((n, 2)) < 0.4] = 9
    return strokes.reshape(n, 24, 2)


def nearest(line: np.ndarray) -> np.ndarray:
    """(n, DRAWING, DRAWING): the squared distance of each pixel from a line (n, points, 2)."""
    pixels = ((np.arange(DRAWING) + 0.5) / DRAWING).astype(np.float32)
    least = np.full((len(line), DRAWING, DRAWING), np.inf, dtype=np.float32)
    for across, down in line.transpose(1, 2, 0):  # (n,) each
        step = ((pixels - down[:, None]) ** 2)[:, :, None] + ((pixels - across[:, None]) ** 2)[:, None, :]
        np.minimum(least, step, out=least)
    return least


def build_from(source: Path, out: Path, *, seed: int) -> None:
    """Write the same files of real pictures: real_or_drawing/ (or .zip) with train_data/ and test_data/.

    train_data/<0-9>/ holds labelled photographs. Where test_data/ has a folder for each of the ten kinds,
    too, its drawings are the test. As the homework is handed out, its drawings lie in one folder and have no
    labels; then a quarter of the photographs of each kind is held out and traced, and the tracings are the
    test. Pictures may be PNG, JPEG or BMP and of any size. Raises SourceProblems when something is missing.
    """
    deal, hand, places, split = (np.random.default_rng(c) for c in np.random.SeedSequence(seed).spawn(4))
    files = RealFiles(source, FOLDER)
    photos, drawn = by_kind(files, "train_data"), by_kind(files, "test_data")
    require_enough(source, photos, drawn)
    if all(drawn):
        size = min(map(len, drawn))
        test = [[drawing_of(files, name) for name in some(deal, names, size)] for names in drawn]
    else:
        size = round(SHARE * min(map(len, photos)))
        held_out = [some(deal, names, size) for names in photos]
        photos = [sorted(set(names) - set(gone)) for names, gone in zip(photos, held_out, strict=True)]
        test = [[traced(hand, picture_of(files, name)) for name in names] for names in held_out]
    order = places.permutation(KINDS * size)
    kinds = np.repeat(np.arange(KINDS), size)
    public = np.concatenate([split.permutation(size) < size // 2 for _ in range(KINDS)])
    train = ([picture_of(files, name) for name in names] for names in photos)
    write(out, train, np.concatenate(test)[order], kinds[order], public[order])


def by_kind(files: RealFiles, folder: str) -> list[list[str]]:
    """The names of the pictures in folder/0/, folder/1/, ... folder/9/."""
    names = files.below(f"{folder}/", *PICTURES)
    return [[name for name in names if f"/{folder}/{kind}/" in name] for kind in range(KINDS)]


def require_enough(source: Path, photos: list[list[str]], drawn: list[list[str]]) -> None:
    """Raise SourceProblems where a kind has few photographs, or few drawings where drawings have labels."""
    folders = {"train_data": photos, "test_data": drawn if all(drawn) else []}
    problems = [
        f"{FOLDER}/{folder}/{kind} holds {len(names)} pictures; at least {FEWEST} are needed."
        for folder, kinds in folders.items()
        for kind, names in enumerate(kinds)
        if len(names) < FEWEST
    ]
    if not all(drawn) and any(drawn[1:]):
        empty = ", ".join(str(kind) for kind, names in enumerate(drawn) if not names)
        problems.append(
            f"{FOLDER}/test_data has no pictures of {empty}; give drawings of all ten kinds or, if they have "
            "no labels, put them all into the folder 0."
        )
    if problems:
        raise SourceProblems(source, problems)


def some(rng: np.random.Generator, names: list[str], size: int) -> list[str]:
    """This many of the names, drawn at random."""
    return [names[place] for place in rng.permutation(len(names))[:size]]


def picture_of(files: RealFiles, name: str) -> np.ndarray:
    """A photograph (PHOTO, PHOTO, 3)."""
    return pixels_of(files.read(name), side=PHOTO)


def drawing_of(files: RealFiles, name: str) -> np.ndarray:
    """A drawing (DRAWING, DRAWING)."""
    return pixels_of(files.read(name), mode="L", side=DRAWING)


def traced(rng: np.random.Generator, photo: np.ndarray) -> np.ndarray:
    """A drawing (DRAWING, DRAWING) of a photograph: its sharpest steps, shaken, and with gaps."""
    small = np.asarray(Image.fromarray(photo).resize((DRAWING, DRAWING)), dtype=np.float32)
    smooth = blurred(np.moveaxis(small, 2, 0))  # (3, DRAWING, DRAWING)
    steep = np.hypot(*np.gradient(smooth, axis=(1, 2))).max(axis=0)
    slow = [blurred(blurred(rng.normal(0, 1.5, (1, DRAWING, DRAWING))))[0] for _ in range(2)]
    down, across = np.mgrid[0:DRAWING, 0:DRAWING] + np.rint(slow).astype(int)
    shaken = steep[np.clip(down, 0, DRAWING - 1), np.clip(across, 0, DRAWING - 1)]
    inked = shaken > max(np.quantile(shaken, 0.87), 1.0)
    mask = blurred(rng.random((1, DRAWING, DRAWING)))[0] > 0.35
    return (255 * (inked & mask)).astype(np.uint8)


def write(
    out: Path,
    train: Iterable[Sequence[np.ndarray]],
    test: np.ndarray,
    kinds: np.ndarray,
    public: np.ndarray,
) -> None:
    """Write the files; train: photographs of each kind; test (n, side, side) of kinds (n,); public: which."""
    folder, private = out / "public", out / "private"
    members = [
        (f"{FOLDER}/train_data/{kind}/{number}.png", png(photo))
        for kind, photos in enumerate(train)
        for number, photo in enumerate(photos)
    ]
    members += [(f"{FOLDER}/test_data/0/{n:05d}.png", png(drawing)) for n, drawing in enumerate(test)]
    write_zip(folder / f"{FOLDER}.zip", members)
    private.mkdir(parents=True, exist_ok=True)
    usage = np.where(public, "Public", "Private")
    key = pd.DataFrame({"id": np.arange(len(kinds)), "label": kinds, "Usage": usage})
    key.to_csv(private / "answer_key.csv", index=False, lineterminator="\n")
    sample = pd.DataFrame({"id": key["id"], "label": 0})
    sample.to_csv(folder / "sample_submission.csv", index=False, lineterminator="\n")
