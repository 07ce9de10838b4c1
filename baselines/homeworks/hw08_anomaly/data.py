"""Make the pictures of homework 8: drawn faces to learn from, and a test half of which is not quite right.

Nothing is downloaded. Faces are drawn from one seed; the files have the names, the types and the layout of
the real ones (data-bin/), so the tiers run unchanged on either. NOTES.md says what was planted and why.
"""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from baselines.files import SourceProblems, require_files

SIDE = 24  # height and width of a picture
TRAIN = 2000  # pictures to learn from, all of normal faces
TEST = 3000  # half of them normal, half not; one half public, the other private
CHUNK = 500  # faces painted at once, which bounds the memory
GRAIN = 0.02  # noise of the camera, of 1
FOLDER = "data-bin"
REAL_FOLDER = "data"  # what the folder was called in another year
ODD_FILE = "anomalies.npy"  # odd pictures beside the real folder, where a course has some
REAL_TEST = 20_000  # pictures of a test made of real ones, at the most
FEWEST = 600  # real pictures; a sixth of them is each half of the test
ROWS, COLUMNS = (grid.astype(np.float32) for grid in np.mgrid[0:SIDE, 0:SIDE])
Y, X = (ROWS - SIDE / 2 + 0.5) / (SIDE / 2), (COLUMNS - SIDE / 2 + 0.5) / (SIDE / 2)  # from -1 to 1

People = dict[str, np.ndarray]  # (n,) or (n, 3) for a colour: what each face looks like


def build(out: Path, *, seed: int = 2021) -> None:
    """Write out/public/data-bin/*.npy, out/public/sample_submission.csv and out/private/answer_key.csv.

    The same seed gives the same bytes. Training faces, test faces and the split draw from three streams, so
    that nothing in the public files shows the state of the generator that made the split. The default seed is
    for demonstrations: who knows the seed has the key, so a real course passes a long random one of its own.
    """
    known, unknown, split = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    train = photograph(known, draw_people(known, TRAIN))
    people = draw_people(unknown, TEST)
    kinds = split.permutation(np.arange(TEST) % (2 * len(KINDS)))  # (TEST,): one of KINDS, or above: normal
    for kind, spoil in enumerate(KINDS):
        spoil(unknown, people, np.flatnonzero(kinds == kind))
    is_odd = kinds < len(KINDS)
    write(out, train=train, test=photograph(unknown, people), is_odd=is_odd, public=halves(split, kinds))


def build_from(source: Path, out: Path, *, seed: int) -> None:
    """Write the same files from the real homework's trainingset.npy in source/data-bin/ or source/data/.

    Nobody outside knows which of the real test pictures are odd, so faces of the training set are held out:
    half of the new test are such faces, half are the rows of source/anomalies.npy or, where there is no such
    file, further held-out faces that are joined, squeezed, shaken or repainted. Raises SourceProblems.
    """
    faces, strangers = read_source(source)
    order, harm, split = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    places = order.permutation(distinct(faces))
    each = min(REAL_TEST // 2, len(places) // 6)  # odd pictures in the test, and normal ones
    normal, rest = faces[places[:each]], places[each:]
    if strangers is None:
        odd, rest = harmed(harm, faces[rest[:each]]), rest[each:]
    else:
        odd = strangers[harm.permutation(len(strangers))[:each]]
    is_odd = np.arange(len(normal) + len(odd)) >= len(normal)
    shuffled = split.permutation(len(is_odd))
    public = halves(split, is_odd[shuffled])
    test = np.concatenate([normal, odd])[shuffled]
    write(out, train=faces[rest], test=test, is_odd=is_odd[shuffled], public=public)


def read_source(source: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """The real training pictures and, where there is one, anomalies.npy; raises SourceProblems."""
    folder = FOLDER if (source / FOLDER).is_dir() else REAL_FOLDER
    name = f"{folder}/trainingset.npy"
    require_files(source, [name])
    arrays = {name: source / name}
    if (source / ODD_FILE).is_file():
        arrays[ODD_FILE] = source / ODD_FILE
    loaded = {each: np.load(path, mmap_mode="r", allow_pickle=False) for each, path in arrays.items()}
    problems = [problem for each, array in loaded.items() for problem in shape_problems(each, array)]
    if not problems and len({array.shape[1] for array in loaded.values()}) > 1:
        problems = [f"{ODD_FILE} has another side than {name}; bring both to one size."]
    if problems:
        raise SourceProblems(source, problems)
    return loaded[name], loaded.get(ODD_FILE)


def shape_problems(name: str, array: np.ndarray) -> list[str]:
    """A sentence for each thing that is wrong with an array of pictures."""
    contents = f"{name} holds {array.dtype} of shape {array.shape}"
    if array.ndim != 4 or array.shape[1] != array.shape[2] or array.shape[3] != 3 or array.shape[1] % 8:
        return [f"{contents}; expected (pictures, side, side, 3) with a side that 8 divides, such as 64."]
    if array.dtype != np.uint8:
        return [f"{contents}; expected uint8, colours from 0 to 255. Convert it and save it again."]
    if len(array) < FEWEST:
        return [f"{contents}; expected {FEWEST} pictures or more, so that halves of a test mean something."]
    return []


def distinct(faces: np.ndarray) -> np.ndarray:
    """The places of pictures (n, side, side, 3), each once, so that no copy goes to train and test."""
    seen = {hashlib.sha256(face.tobytes()).digest(): place for place, face in enumerate(faces)}
    return np.array(sorted(seen.values()))


def harmed(rng: np.random.Generator, faces: np.ndarray) -> np.ndarray:
    """Faces (n, side, side, 3), uint8: a quarter each joined, squeezed, shaken and repainted."""
    n, side = faces.shape[:2]
    kind = (np.arange(n) % 4)[:, None, None]
    rows, columns = (grid.astype(np.float32) for grid in np.mgrid[0:side, 0:side])
    middle, line = (side - 1) / 2, rng.uniform(0.45, 0.65, (n, 1, 1)) * side
    longer = np.where(rng.random((n, 1, 1)) < 0.5, 1.25, 0.8)
    wave = 0.03 * side * np.sin(rows * 2 * np.pi * rng.uniform(2, 3.5, (n, 1, 1)) / side)
    down = np.where(kind == 1, middle + (rows - middle) / longer, rows)
    right = np.where(
        kind == 1, middle + (columns - middle) * longer, np.where(kind == 2, columns + wave, columns)
    )
    moved = sampled(faces, down, right)  # (n, side, side, 3) of float
    joint = np.clip((rows - line) / 2 + 0.5, 0, 1)[..., None] * (kind == 0)[..., None]
    mixed = np.where((kind == 3)[..., None], 0.4 * moved + 0.6 * moved[..., [1, 2, 0]], moved)
    return np.rint(mixed + joint * (np.roll(faces, 1, axis=0) - mixed)).astype(np.uint8)


def sampled(faces: np.ndarray, down: np.ndarray, right: np.ndarray) -> np.ndarray:
    """What faces (n, side, side, 3) show at places (n, side, side) that may lie between pixels."""
    side, face = faces.shape[1], np.arange(len(faces))[:, None, None]
    down, right = np.clip(down, 0, side - 1.001), np.clip(right, 0, side - 1.001)
    top, left = down.astype(int), right.astype(int)
    lower, further = (down - top)[..., None], (right - left)[..., None]
    above = faces[face, top, left] * (1 - further) + faces[face, top, left + 1] * further
    below = faces[face, top + 1, left] * (1 - further) + faces[face, top + 1, left + 1] * further
    return above * (1 - lower) + below * lower


def halves(rng: np.random.Generator, kinds: np.ndarray) -> np.ndarray:
    """Which of the rows (n,) are public: half of each kind, so that both halves are equally hard."""
    public = np.zeros(len(kinds), dtype=bool)
    for kind in np.unique(kinds):
        rows = rng.permutation(np.flatnonzero(kinds == kind))
        public[rows[: len(rows) // 2]] = True
    return public


def draw_people(rng: np.random.Generator, n: int) -> People:
    """Draw n normal faces; lengths are in halves of the picture's side, colours from 0 to 1."""
    hair = np.array([0.25, 0.17, 0.12]) + rng.normal(0, 0.12, (n, 1)) + rng.normal(0, 0.06, (n, 3))
    shade = rng.uniform(0.45, 1, (n, 1))
    size = 0.12 + np.abs(rng.normal(0, 0.012, n))
    return {
        "turn": rng.normal(0, 0.08, n),
        "left": rng.normal(0, 0.08, n),
        "top": rng.normal(0, 0.08, n),
        "scale": rng.uniform(0.85, 1.1, n),
        "background": rng.uniform(0.35, 0.75, (n, 1)) + rng.normal(0, 0.04, (n, 3)),
        "slope": rng.normal(0, 0.1, (n, 2)),
        "light": rng.normal(0, 0.1, (n, 2)),
        "hair": np.clip(hair, 0, 1),
        "skin": np.array([0.95, 0.74, 0.60]) * shade + rng.normal(0, 0.02, (n, 3)),
        "width": 0.52 + rng.normal(0, 0.03, n),
        "height": 0.68 + rng.normal(0, 0.04, n),
        "fringe": 0.3 + rng.normal(0, 0.04, n),
        "eye_y": -0.02 + rng.normal(0, 0.02, n),
        "eye_gap": 0.22 + rng.normal(0, 0.015, n),
        "eye_size_left": size,
        "eye_size_right": size.copy(),
        "eye_drop_left": np.zeros(n),
        "eye_drop_right": np.zeros(n),
        "iris": np.clip(rng.uniform(0.02, 0.3, (n, 3)), 0, 1),
        "brow": 0.2 + rng.normal(0, 0.015, n),
        "nose": np.ones(n),
        "mouth_y": 0.42 + rng.normal(0, 0.025, n),
        "mouth_width": 0.2 + rng.normal(0, 0.025, n),
        "mouth_bend": rng.normal(0.25, 0.2, n),
        "lips": np.array([0.72, 0.28, 0.28]) * shade + rng.normal(0, 0.03, (n, 3)),
        "spot_x": rng.uniform(-0.3, 0.3, n),
        "spot_y": rng.uniform(-0.1, 0.5, n),
        "spot_size": np.full(n, -1.0),  # below zero: no spot
        "spot": np.ones(n),
        "stretch": np.ones(n),
        "wave": np.zeros(n),
        "wave_length": rng.uniform(7, 11, n),
        "wave_start": rng.uniform(0, 2 * np.pi, n),
    }


def slip_an_eye(rng: np.random.Generator, people: People, rows: np.ndarray) -> None:
    """Let one eye of each of these faces sit too high or too low."""
    is_left = rng.random(len(rows)) < 0.5
    drop = rng.choice([-1, 1], len(rows)) * rng.uniform(0.14, 0.22, len(rows))
    people["eye_drop_left"][rows] = np.where(is_left, drop, 0)
    people["eye_drop_right"][rows] = np.where(is_left, 0, drop)


def swell_an_eye(rng: np.random.Generator, people: People, rows: np.ndarray) -> None:
    """Give each of these faces one eye that is much smaller or larger than the other."""
    is_left = rng.random(len(rows)) < 0.5
    factor = np.where(rng.random(len(rows)) < 0.5, 0.4, 1.7)
    people["eye_size_left"][rows] *= np.where(is_left, factor, 1)
    people["eye_size_right"][rows] *= np.where(is_left, 1, factor)


def move_the_mouth(rng: np.random.Generator, people: People, rows: np.ndarray) -> None:
    """Bend the mouth of each of these faces as no mouth bends, and lift it."""
    people["mouth_y"][rows] -= rng.uniform(0.03, 0.09, len(rows))
    people["mouth_bend"][rows] = rng.choice([-1.6, 2.2], len(rows))


def stain(rng: np.random.Generator, people: People, rows: np.ndarray) -> None:
    """Put a dark or a bright spot on each of these faces."""
    people["spot_size"][rows] = rng.uniform(0.09, 0.13, len(rows))
    people["spot"][rows] = rng.choice([0.6, 1.35], len(rows))


def remove_the_nose(rng: np.random.Generator, people: People, rows: np.ndarray) -> None:
    """Take the nose off each of these faces, and draw the eyes together where it was."""
    people["nose"][rows] = 0
    people["eye_gap"][rows] -= rng.uniform(0.04, 0.08, len(rows))


def repaint(rng: np.random.Generator, people: People, rows: np.ndarray) -> None:
    """Give each of these faces a skin of another world, green or blue."""
    order = np.where(rng.random((len(rows), 1)) < 0.5, [1, 0, 2], [2, 1, 0])  # (rows, 3)
    people["skin"][rows] = np.take_along_axis(people["skin"][rows], order, 1)


def squeeze(rng: np.random.Generator, people: People, rows: np.ndarray) -> None:
    """Make each of these heads narrow and long, or wide and short."""
    people["stretch"][rows] = np.where(rng.random(len(rows)) < 0.5, 1.2, 0.84)


def shake(rng: np.random.Generator, people: People, rows: np.ndarray) -> None:
    """Let each of these pictures be read line by line from a shaking camera: edges are wavy."""
    people["wave"][rows] = rng.uniform(0.03, 0.045, len(rows))


KINDS = (slip_an_eye, swell_an_eye, move_the_mouth, stain, remove_the_nose, repaint, squeeze, shake)


def photograph(rng: np.random.Generator, people: People) -> np.ndarray:
    """Pictures (n, SIDE, SIDE, 3), uint8, of n faces."""
    n = len(people["turn"])
    pictures = np.empty((n, SIDE, SIDE, 3), dtype=np.uint8)
    for start in range(0, n, CHUNK):
        part = {name: values[start : start + CHUNK] for name, values in people.items()}
        canvas = paint(part)
        canvas += rng.normal(0, GRAIN, canvas.shape)
        pictures[start : start + CHUNK] = np.clip(np.rint(255 * canvas), 0, 255)
    return pictures


def paint(people: People) -> np.ndarray:
    """N faces as colours from 0 to 1, (n, SIDE, SIDE, 3), layer upon layer."""
    p = {name: values[:, None, None].astype(np.float32) for name, values in people.items()}
    # (n, 1, 1) for a number and (n, 1, 1, 3) for a colour or a direction
    wavy = X + p["wave"] * np.sin(p["wave_length"] * Y + p["wave_start"])  # (n, SIDE, SIDE)
    x, y = (wavy - p["left"]) / p["scale"], (Y - p["top"]) / p["scale"]
    x, y = np.cos(p["turn"]) * x + np.sin(p["turn"]) * y, np.cos(p["turn"]) * y - np.sin(p["turn"]) * x
    x, y = x * p["stretch"], y / p["stretch"]
    canvas = p["background"] * (1 + p["slope"][..., :1] * X[..., None] + p["slope"][..., 1:] * Y[..., None])
    cover(canvas, np.hypot(x / 0.68, (y + 0.08) / 0.84) - 1, p["hair"])
    cover(canvas, np.hypot(x / p["width"], (y - 0.1) / p["height"]) - 1, p["skin"])
    cover(canvas, np.hypot(x / 0.54, (y + 0.54) / p["fringe"]) - 1, p["hair"])
    for side, name in ((-1, "left"), (1, "right")):
        dx, dy = x - side * p["eye_gap"], y - p["eye_y"] - p[f"eye_drop_{name}"]
        size = p[f"eye_size_{name}"]
        cover(canvas, np.hypot(dx / 1.4, dy) - size, np.float32(0.96))
        cover(canvas, np.hypot(dx, dy) - 0.62 * size, p["iris"])
        brow = np.maximum(np.abs(dx) - 0.13, np.abs(y - p["eye_y"] + p["brow"]) - 0.03)
        cover(canvas, brow, 0.8 * p["hair"])
    cover(canvas, np.hypot(x / 0.8, y - 0.22) - 0.06, 1 - 0.25 * p["nose"][..., None], is_shadow=True)
    bent = np.abs(y - p["mouth_y"] + 3 * p["mouth_bend"] * x**2) - 0.045
    cover(canvas, np.maximum(np.abs(x) - p["mouth_width"], bent), p["lips"])
    spot = np.hypot(x - p["spot_x"], y - p["spot_y"]) - p["spot_size"]
    cover(canvas, spot, p["spot"][..., None], is_shadow=True)
    return canvas * (1 + p["light"][..., :1] * X[..., None] + p["light"][..., 1:] * Y[..., None])


def cover(
    canvas: np.ndarray, outside: np.ndarray, colour: np.ndarray | np.floating, *, is_shadow: bool = False
) -> None:
    """Lay a colour on a canvas (n, SIDE, SIDE, 3) where `outside` (n, SIDE, SIDE) is below 0; edges are soft.

    is_shadow: the colour is a share of what is there already.
    """
    opacity = 1 / (1 + np.exp(np.clip(outside / 0.035, -30, 30)))[..., None]
    canvas += opacity * ((canvas * colour if is_shadow else colour) - canvas)


def write(out: Path, *, train: np.ndarray, test: np.ndarray, is_odd: np.ndarray, public: np.ndarray) -> None:
    """Write the files; train, test: (n, side, side, 3) uint8; is_odd, public: (n,) of the test."""
    folder, private = out / "public" / FOLDER, out / "private"
    folder.mkdir(parents=True, exist_ok=True)
    private.mkdir(parents=True, exist_ok=True)
    np.save(folder / "trainingset.npy", train)
    np.save(folder / "testingset.npy", test)
    usage = np.where(public, "Public", "Private")
    key = pd.DataFrame({"Id": np.arange(len(test)), "Predicted": is_odd.astype(int), "Usage": usage})
    key.to_csv(private / "answer_key.csv", index=False, lineterminator="\n")
    sample = pd.DataFrame({"Id": key["Id"], "Predicted": 0.0})
    sample.to_csv(out / "public" / "sample_submission.csv", index=False, lineterminator="\n")
