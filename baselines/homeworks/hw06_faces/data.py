"""Make the faces of homework 6: drawn ones to learn from, hidden ones to compare generated faces with.

Nothing is downloaded. Faces, the judge that compares them and the split are drawn from one seed; faces.zip
has the layout of the real one, so the tiers run unchanged on either. NOTES.md says what was planted and why.
"""

import base64
import io
from pathlib import Path

import numpy as np
import pandas as pd

from baselines.files import RealFiles, SourceProblems, pixels_of, png, write_zip
from baselines.homework import load_script

metric = load_script(Path(__file__).with_name("metric.py"))

SIDE, REAL_SIDE = 16, 64  # height and width of a drawn picture, and of a real one
TRAIN = 2500  # faces to learn from
REFERENCES = 1000  # hidden faces that each half is compared with
TRAINERS = 2000  # faces that the judge is trained on; they appear nowhere else
ASKED = 1000  # faces that a submission holds; one half public, the other private
FEWEST = 1500  # real faces; a fifth of them trains the judge, as many are the references of each half
FOLDER = "faces"
CHUNK = 500  # faces painted at once, which bounds the memory
ROWS, COLUMNS = (grid.astype(np.float32) for grid in np.mgrid[0 : 2 * SIDE, 0 : 2 * SIDE])
Y, X = (ROWS - SIDE + 0.5) / SIDE, (COLUMNS - SIDE + 0.5) / SIDE  # from -1 to 1; painted at twice the size
CHANNELS = (24, 48)  # of the judge's two convolutions
COMPONENTS = 24  # of the judge's numbers: where faces differ from each other
REALISM = 10.0  # what the other numbers, where faces differ from fakes, count in comparison
NORMALS = (40, 120, 256)  # components of the normal distributions that the judge learns to tell from faces
BLENDS = (5, 10, 20, 60)  # near faces in each blend that it does
RIDGE = 0.01  # added to the variances of the features, which have spread 1
RARE = 0.01  # share of new faces that are likelier to a training face than a copy need be


def build(out: Path, *, seed: int = 2021) -> None:
    """Write out/public/faces.zip, out/public/sample_submission.csv and out/private/answer_key.csv.

    The same seed gives the same bytes. Faces to learn from, hidden faces, the judge and the split draw from
    streams of their own, so that nothing in the public files shows what the key holds. The default seed is
    for demonstrations: who knows the seed has the judge and can train against it, so a real course passes a
    long random one of its own.
    """
    streams = np.random.SeedSequence(seed).spawn(4)
    known, hidden, judging, split = (np.random.default_rng(child) for child in streams)
    faces = draw(hidden, TRAINERS + 2 * REFERENCES)
    write(out, draw(known, TRAIN), faces[:TRAINERS], faces[TRAINERS:], judging=judging, split=split)


def build_from(source: Path, out: Path, *, seed: int) -> None:
    """Write the same files from the real faces/*.jpg or faces.zip in `source`, as grey pictures.

    Three fifths of them stay for training, the least; the others are held out for the judge and for the
    references of both halves. Raises SourceProblems.
    """
    files = RealFiles(source, FOLDER)
    names = files.below("", ".jpg", ".jpeg", ".png")
    if len(names) < FEWEST:
        problem = f"There are {len(names):,} pictures below {FOLDER}/; expected {FEWEST:,} or more."
        raise SourceProblems(source, [problem])
    order, judging, split = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3))
    side = REAL_SIDE if pixels_of(files.read(names[0])).shape[0] >= REAL_SIDE else SIDE
    pictures = np.stack([pixels_of(files.read(name), mode="L", side=side) for name in names])
    pictures = np.unique(pictures, axis=0)  # no copy goes to both sides
    pictures = pictures[order.permutation(len(pictures))]
    trainers, references = (min(most, len(pictures) // 5) for most in (TRAINERS, 2 * REFERENCES))
    held = trainers + references
    write(out, pictures[held:], pictures[:trainers], pictures[trainers:held], judging=judging, split=split)


def draw(rng: np.random.Generator, n: int) -> np.ndarray:
    """N drawn faces, (n, SIDE, SIDE), uint8."""
    people = draw_people(rng, n)
    pictures = np.empty((n, SIDE, SIDE), dtype=np.uint8)
    for start in range(0, n, CHUNK):
        fine = paint({name: values[start : start + CHUNK] for name, values in people.items()})
        coarse = fine.reshape(-1, SIDE, 2, SIDE, 2).mean(axis=(2, 4))
        pictures[start : start + CHUNK] = np.clip(np.rint(255 * coarse), 0, 255)
    return pictures


def draw_people(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    """Draw what n faces look like, (n,) each; lengths are in halves of the side, grey levels from 0 to 1."""
    hair = rng.uniform(0.02, 0.55, n)
    is_short = rng.random(n) < 0.5
    smiles = rng.random(n) < 0.7
    return {
        "turn": rng.normal(0, 0.25, n),
        "left": rng.uniform(-0.36, 0.36, n),
        "top": rng.uniform(-0.36, 0.36, n),
        "scale": rng.uniform(0.58, 0.78, n),
        "background": rng.uniform(0.3, 0.95, n),
        "wall": rng.uniform(0.1, 0.95, n),
        "wall_turn": rng.uniform(0, 2 * np.pi, n),
        "wall_at": rng.uniform(-0.1, 0.8, n),
        "shirt": rng.uniform(0.05, 0.95, n),
        "has_hat": rng.random(n) < 0.4,
        "hat": rng.uniform(0.05, 0.95, n),
        "brim": rng.uniform(-0.55, -0.25, n),
        "slope_x": rng.normal(0, 0.08, n),
        "slope_y": rng.normal(0, 0.08, n),
        "hair": hair,
        "skin": np.maximum(rng.uniform(0.5, 0.95, n), hair + 0.22),
        "width": 0.54 + rng.normal(0, 0.03, n),
        "height": 0.68 + rng.normal(0, 0.03, n),
        "is_long": rng.random(n) < 0.35,
        "fringe": np.where(is_short, rng.uniform(0.2, 0.26, n), rng.uniform(0.38, 0.46, n)),
        "parting": rng.choice([-0.2, 0, 0.2], n),
        "eye_y": rng.normal(0, 0.02, n),
        "gap": 0.24 + rng.normal(0, 0.015, n),
        "eye": 0.115 + rng.normal(0, 0.012, n),
        "has_glasses": rng.random(n) < 0.3,
        "mouth_y": 0.44 + rng.normal(0, 0.02, n),
        "mouth": 0.2 + rng.normal(0, 0.025, n),
        "bend": np.where(smiles, rng.normal(0.6, 0.15, n), rng.normal(-0.3, 0.15, n)),
    }


def paint(people: dict[str, np.ndarray]) -> np.ndarray:
    """N faces as grey levels from 0 to 1, (n, 2 * SIDE, 2 * SIDE), layer upon layer."""
    p = {name: values[:, None, None].astype(np.float32) for name, values in people.items()}
    across, down = (X - p["left"]) / p["scale"], (Y - p["top"]) / p["scale"]
    x = np.cos(p["turn"]) * across + np.sin(p["turn"]) * down
    y = np.cos(p["turn"]) * down - np.sin(p["turn"]) * across
    canvas = p["background"] + p["slope_x"] * X + p["slope_y"] * Y  # (n, 2 * SIDE, 2 * SIDE)

    def cover(outside: np.ndarray, grey: np.ndarray | float, opacity: np.ndarray | float = 1.0) -> None:
        # where `outside` is below 0; the edge is soft
        canvas[:] += opacity * np.clip(0.5 - outside / 0.14, 0, 1) * (grey - canvas)

    cover(p["wall_at"] - np.cos(p["wall_turn"]) * X - np.sin(p["wall_turn"]) * Y, p["wall"])
    cover(np.hypot(x / 0.95, (y - 1.25) / 0.62) - 1, p["shirt"])
    cover(np.hypot(x / 0.7, (y + 0.08) / 0.86) - 1, p["hair"])
    cover(np.maximum(np.abs(x) / 0.7 - 1, -y), p["hair"], p["is_long"])
    cover(np.hypot(x / p["width"], (y - 0.1) / p["height"]) - 1, p["skin"])
    cover(np.hypot((x - p["parting"]) / 0.56, (y + 0.56) / p["fringe"]) - 1, p["hair"])
    cover(np.maximum(np.hypot(x / 0.72, (y + 0.3) / 0.66) - 1, y - p["brim"]), p["hat"], p["has_hat"])
    cover(np.maximum(np.abs(x) - 0.86, np.abs(y - p["brim"]) - 0.06), 0.6 * p["hat"], p["has_hat"])
    for side in (-1, 1):
        dx, dy = x - side * p["gap"], y - p["eye_y"]
        cover(np.abs(np.hypot(dx, dy) - 0.185) - 0.035, 0.05, p["has_glasses"])
        cover(np.hypot(dx / 1.4, dy) - p["eye"], 0.97)
        cover(np.hypot(dx, dy) - 0.62 * p["eye"], 0.08)
    cover(np.hypot(x / 0.8, y - 0.23) - 0.06, 0.75 * p["skin"])
    bent = np.abs(y - p["mouth_y"] + 3 * p["bend"] * (x**2 - 0.02)) - 0.045
    cover(np.maximum(np.abs(x) - p["mouth"], bent), 0.35 * p["skin"])
    return canvas


def trained_judge(rng: np.random.Generator, faces: np.ndarray, known: np.ndarray) -> dict[str, np.ndarray]:
    """A judge of faces (n, side, side): what metric.py needs to describe pictures and to know copies.

    Convolutions are drawn at random. On what they give, a linear discriminant analysis finds the directions
    in which faces differ from fakes of eight kinds, and principal components those in which faces differ from
    each other. known: the training faces, which new faces are near to by chance.
    """
    first, second = CHANNELS
    judge = {
        "side": np.array(faces.shape[1]),
        "first": rng.normal(0, 1 / np.sqrt(18), (18, first)),
        "first_bias": rng.normal(0, 0.2, first),
        "second": rng.normal(0, np.sqrt(2 / (9 * first)), (9 * first, second)),
        "second_bias": rng.normal(0, 0.1, second),
    }
    judge = {name: values.astype(np.float32) for name, values in judge.items()}
    real = metric.features(faces, judge)
    mean, spread = real.mean(axis=0), real.std(axis=0) + 1e-2
    kinds = [(metric.features(fake, judge) - mean) / spread for fake in fakes(rng, faces)]
    real = (real - mean) / spread
    within = sum(np.cov(kind.T) for kind in [real, *kinds]) / (1 + len(kinds)) + RIDGE * np.eye(len(mean))
    shifts = np.array([kind.mean(axis=0) for kind in kinds])  # (kinds, features)
    apart = np.linalg.solve(within, shifts.T)  # (features, kinds)
    values, vectors = np.linalg.eigh(shifts @ apart)
    realism = np.sqrt(REALISM) * apart @ (vectors / np.sqrt(values))  # spread 1 within a kind, times the root
    variances, axes = components(real)
    variety = axes[:, :COMPONENTS] / np.sqrt(variances[:COMPONENTS])  # spread 1 among faces
    judge["mean"] = mean
    judge["directions"] = (np.hstack([realism, variety]) / spread[:, None]).astype(np.float32)
    sample = faces[:: max(1, len(faces) // 300)]
    judge["too_near"] = np.quantile(metric.likeness(sample, thumbnails(known)), 1 - RARE, axis=0)
    return judge


def fakes(rng: np.random.Generator, faces: np.ndarray) -> list[np.ndarray]:
    """Eight kinds of pictures that are no faces, or bad ones, each (n, side, side), uint8.

    What a sampler gives that has learned nothing but means and covariances, of all faces or of a few that are
    near to each other; and faces put together of two. A judge that has seen these tells a face that hangs
    together from a sum of others.
    """
    grey = faces.astype(np.float32)
    kinds = [
        *(normal_samples(rng, grey, count) for count in NORMALS),
        *(blends(rng, grey, count) for count in BLENDS),
        patched(rng, grey),
    ]
    return [np.clip(np.rint(kind), 0, 255).astype(np.uint8) for kind in kinds]


def patched(rng: np.random.Generator, grey: np.ndarray) -> np.ndarray:
    """Grey (n, side, side) with a part of another face: above or left of a line, or in a square."""
    n, side = grey.shape[:2]
    row, column = np.mgrid[0:side, 0:side] * 16 / side
    edge = rng.uniform(4, 12, (4, n, 1, 1))
    square = np.maximum(np.abs(row - edge[1]), np.abs(column - edge[2])) < 3.5
    inside = np.stack([row < edge[0], column < edge[0], square])[np.arange(n) % 3, np.arange(n)]
    return np.where(inside, grey, grey[rng.permutation(n)])


def blends(rng: np.random.Generator, grey: np.ndarray, count: int) -> np.ndarray:
    """For each of grey (n, side, side) a sample of the normal distribution of its `count` nearest."""
    flat = grey.reshape(len(grey), -1)
    squares = (flat**2).sum(axis=1)
    nearest = np.argsort(squares[:, None] + squares - 2 * flat @ flat.T, axis=1)[:, :count]
    samples = []
    for start in range(0, len(flat), CHUNK):
        near = flat[nearest[start : start + CHUNK]]  # (chunk, count, pixels)
        middle = near.mean(axis=1)
        weights = rng.normal(size=(len(near), 1, count)) / np.sqrt(count - 1)
        samples.append(middle + (weights @ (near - middle[:, None]))[:, 0])
    return np.concatenate(samples).reshape(grey.shape)


def normal_samples(rng: np.random.Generator, grey: np.ndarray, count: int) -> np.ndarray:
    """As many samples of the normal distribution of grey (n, side, side) in `count` components."""
    flat = grey.reshape(len(grey), -1)
    variances, axes = components(flat)
    weights = rng.normal(size=(len(flat), min(count, len(variances)))) * np.sqrt(variances[:count])
    return (flat.mean(axis=0) + weights @ axes[:, :count].T).reshape(grey.shape)


def components(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The variances (columns,) and axes (columns, columns) of the principal components, in order."""
    variances, axes = np.linalg.eigh(np.cov(rows.T))
    return np.clip(variances[::-1], 1e-12, None), axes[:, ::-1]


def thumbnails(faces: np.ndarray) -> np.ndarray:
    """Faces (n, side, side) as the small pictures, uint8, that the key holds."""
    return np.rint(metric.thumbnails(faces)).astype(np.uint8)


def write(
    out: Path,
    train: np.ndarray,
    trainers: np.ndarray,
    references: np.ndarray,
    *,
    judging: np.random.Generator,
    split: np.random.Generator,
) -> None:
    """Write the files; train, trainers of the judge, references of both halves: (n, side, side), uint8."""
    public, private = out / "public", out / "private"
    private.mkdir(parents=True, exist_ok=True)
    write_zip(
        public / f"{FOLDER}.zip", ((f"{FOLDER}/{place}.png", png(face)) for place, face in enumerate(train))
    )
    judge = trained_judge(judging, trainers, train)
    described = metric.described(references, judge).astype(np.float32)
    usage = split.permutation(np.arange(ASKED) % 2)  # 0: public, 1: private
    key = pd.DataFrame({"id": np.arange(ASKED), "faces": "", "judge": "", "known": ""})
    for half in (0, 1):
        rows = np.flatnonzero(usage == half)
        key.loc[rows, "faces"] = chunks(described[half::2].tobytes(), len(rows))
        key.loc[rows, "judge"] = chunks(stored(judge), len(rows))
        key.loc[rows, "known"] = chunks(thumbnails(train).tobytes(), len(rows))
    key["Usage"] = np.where(usage == 0, "Public", "Private")
    key.to_csv(private / "answer_key.csv", index=False, lineterminator="\n")
    grey = base64.b64encode(bytes([128]) * train[0].size).decode()
    sample = pd.DataFrame({"id": key["id"], "pixels": grey})
    sample.to_csv(public / "sample_submission.csv", index=False, lineterminator="\n")


def stored(judge: dict[str, np.ndarray]) -> bytes:
    """A judge as the bytes of an .npz file, the same for the same judge."""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **judge)
    return file.getvalue()


def chunks(data: bytes, rows: int) -> list[str]:
    """Data cut into one text 'place:base64' for each of the rows: no line of the key grows long."""
    size = -(-len(data) // rows)
    return [f"{row}:{base64.b64encode(data[row * size : (row + 1) * size]).decode()}" for row in range(rows)]
