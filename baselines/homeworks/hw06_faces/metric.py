"""The score of homework 6: how far generated faces are, as a crowd, from faces that nobody has seen.

A judge, a small network whose weights come with the answer key, describes each picture by some numbers. The
score is the Frechet distance between the numbers of the generated faces and those of hidden real ones:
what FID does with a larger judge. Copies, of training faces or of each other, are counted and cost extra.
"""

import base64
import binascii
import io

import numpy as np
import pandas as pd

THUMBNAIL = 8  # side of the small pictures in which copies are looked for
REGIONS = (  # parts of a thumbnail: all of it and its four halves
    (slice(None), slice(None)),
    (slice(None, THUMBNAIL // 2), slice(None)),
    (slice(THUMBNAIL // 2, None), slice(None)),
    (slice(None), slice(None, THUMBNAIL // 2)),
    (slice(None), slice(THUMBNAIL // 2, None)),
)
KERNEL = 3  # side of both convolutions
EDGES = 2.5  # by what differences between neighbouring pixels are multiplied before they are cut off
PLACES = 5  # the judge's last feature maps are averaged to so many rows and columns
CHUNK = 250  # pictures looked at together, which bounds the memory
QUERIES = 500  # small pictures compared with all known ones at a time


class ParticipantVisibleError(Exception):
    """What a student may read: it tells of the submission alone."""


def score(
    solution: pd.DataFrame,
    submission: pd.DataFrame,
    row_id_column_name: str,
    copy_penalty: float = 300.0,
    tolerated_copies: float = 0.05,
) -> float:
    """The Frechet distance of the submitted faces, and a penalty for copies; 0 is best.

    solution: columns faces (numbers of hidden faces), judge and known (thumbnails of training faces), each
    cut into one chunk a row. submission: column pixels, base64 of side * side grey bytes. copy_penalty: what
    a submission of copies alone pays. tolerated_copies: the share that honest generators may come to.
    """
    with np.load(io.BytesIO(joined(solution["judge"])), allow_pickle=False) as stored:
        judge = {name: stored[name] for name in stored.files}
    real = np.frombuffer(joined(solution["faces"]), dtype=np.float32).reshape(
        -1, judge["directions"].shape[1]
    )
    known = np.frombuffer(joined(solution["known"]), dtype=np.uint8).reshape(-1, THUMBNAIL, THUMBNAIL)
    pictures = decoded(submission["pixels"], submission[row_id_column_name], side=int(judge["side"]))
    distance = frechet(described(pictures, judge), real.astype(float))
    excess = max(0.0, copies(pictures, known, judge["too_near"]) - tolerated_copies)
    return float(distance + copy_penalty * excess / (1 - tolerated_copies))


def joined(chunks: pd.Series) -> bytes:
    """The bytes whose chunks, 'place:base64', the rows hold in any order."""
    pairs = sorted((int(place), text) for place, text in (chunk.split(":") for chunk in chunks))
    return b"".join(base64.b64decode(text) for _, text in pairs)


def decoded(fields: pd.Series, ids: pd.Series, *, side: int) -> np.ndarray:
    """Pictures (n, side, side), uint8; raises ParticipantVisibleError for the first that is none."""
    rows = []
    for row, field in zip(ids, fields, strict=True):
        try:
            data = base64.b64decode(str(field), validate=True)
        except (binascii.Error, ValueError):
            raise ParticipantVisibleError(
                f"The pixels of id {row} are no base64. Write base64.b64encode(picture.tobytes()).decode(), "
                f"where picture is a uint8 array of {side} x {side}."
            ) from None
        if len(data) != side * side:
            raise ParticipantVisibleError(
                f"The pixels of id {row} are {len(data)} bytes; expected {side} x {side} = {side * side}, "
                "one grey level from 0 to 255 each."
            )
        rows.append(np.frombuffer(data, dtype=np.uint8))
    return np.stack(rows).reshape(-1, side, side)


def described(pictures: np.ndarray, judge: dict[str, np.ndarray]) -> np.ndarray:
    """The judge's numbers (n, numbers) for pictures (n, side, side), uint8."""
    return (features(pictures, judge) - judge["mean"]) @ judge["directions"]


def features(pictures: np.ndarray, judge: dict[str, np.ndarray]) -> np.ndarray:
    """Features (n, PLACES * PLACES * channels): two convolutions whose weights are drawn at random."""
    parts = []
    for start in range(0, len(pictures), CHUNK):
        maps = with_edges(pictures[start : start + CHUNK].astype(np.float32) / 127.5 - 1)
        maps = np.maximum(patches(maps) @ judge["first"] + judge["first_bias"], 0)
        half = maps.shape[1] // 2
        maps = maps[:, : 2 * half, : 2 * half].reshape(len(maps), half, 2, half, 2, -1).mean(axis=(2, 4))
        maps = np.maximum(patches(maps) @ judge["second"] + judge["second_bias"], 0)
        parts.append(averaged(maps).reshape(len(maps), -1))
    return np.concatenate(parts)


def with_edges(grey: np.ndarray) -> np.ndarray:
    """(n, side, side, 2): grey levels from -1 to 1, and how they differ from what is around them.

    Small differences count in full and large ones are cut off, so that a faint ghost or unrest where a face
    is even is seen as well as an edge.
    """
    wide = np.pad(grey, ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = wide[:, :-2, 1:-1] + wide[:, 2:, 1:-1] + wide[:, 1:-1, :-2] + wide[:, 1:-1, 2:]
    return np.stack([grey, np.tanh(EDGES * (grey - around / 4))], axis=3)


def patches(maps: np.ndarray) -> np.ndarray:
    """(n, side - 2, side - 2, 9 * channels): the neighbours of each place of maps."""
    inner = maps.shape[1] - KERNEL + 1
    shifts = [
        maps[:, row : row + inner, column : column + inner]
        for row in range(KERNEL)
        for column in range(KERNEL)
    ]
    return np.concatenate(shifts, axis=3)


def averaged(maps: np.ndarray) -> np.ndarray:
    """(n, PLACES, PLACES, channels): the means over blocks of maps (n, side, side, channels)."""
    if maps.shape[1] == PLACES:
        return maps
    starts = np.arange(PLACES) * maps.shape[1] // PLACES
    sizes = np.diff(np.append(starts, maps.shape[1])).astype(np.float32)
    rows = np.add.reduceat(maps, starts, axis=1) / sizes[:, None, None]
    return np.add.reduceat(rows, starts, axis=2) / sizes[:, None]


def frechet(these: np.ndarray, those: np.ndarray) -> float:
    """The squared Frechet distance of two clouds of points (n, numbers), taken for normal ones."""
    covariance, other = np.cov(these.T), np.cov(those.T)
    values, vectors = np.linalg.eigh(other)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    common = np.sqrt(np.clip(np.linalg.eigvalsh(root @ covariance @ root), 0, None)).sum()
    moved = ((these.mean(axis=0) - those.mean(axis=0)) ** 2).sum()
    return float(moved + np.trace(covariance) + np.trace(other) - 2 * common)


def copies(pictures: np.ndarray, known: np.ndarray, too_near: np.ndarray) -> float:
    """The share of pictures that repeat a known face, or half of one, or an earlier picture.

    Light, contrast, a mirror and a step to any side do not hide a copy. too_near: the likeness of each of
    REGIONS from which on two pictures count as one.
    """
    is_copy = (likeness(pictures, known) > too_near).any(axis=1)
    own = normalised(thumbnails(pictures), REGIONS[0])
    likenesses = np.tril(own @ own.T, -1)  # each with those before it: of a pair, one is the copy
    return float((is_copy | (likenesses.max(axis=1) > too_near[0])).mean())


def likeness(pictures: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The correlation with the likest known thumbnail (n, len(REGIONS)), over mirrors and steps."""
    step = pictures.shape[1] // 16
    padded = np.pad(pictures, ((0, 0), (step, step), (step, step)), mode="edge")
    best = np.full((len(pictures), len(REGIONS)), -1.0, dtype=np.float32)
    stored = [normalised(known, region) for region in REGIONS]
    side = pictures.shape[1]
    for down in (0, step, 2 * step):
        for right in (0, step, 2 * step):
            moved = thumbnails(padded[:, down : down + side, right : right + side])
            for seen in (moved, moved[:, :, ::-1]):
                for place, (region, others) in enumerate(zip(REGIONS, stored, strict=True)):
                    best[:, place] = np.maximum(best[:, place], nearest(normalised(seen, region), others))
    return best


def nearest(these: np.ndarray, those: np.ndarray) -> np.ndarray:
    """For each of `these` (n, pixels) the largest product with one of `those` (m, pixels)."""
    return np.concatenate(
        [(these[start : start + QUERIES] @ those.T).max(axis=1) for start in range(0, len(these), QUERIES)]
    )


def normalised(small: np.ndarray, region: tuple[slice, slice]) -> np.ndarray:
    """A region of thumbnails as rows (n, pixels) of mean 0 and length 1."""
    rows = small[:, region[0], region[1]].reshape(len(small), -1).astype(np.float32)
    rows = rows - rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


def thumbnails(pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, side, side) brought to (n, THUMBNAIL, THUMBNAIL) by averaging."""
    block = pictures.shape[1] // THUMBNAIL
    blocks = pictures.reshape(len(pictures), THUMBNAIL, block, THUMBNAIL, block)
    return blocks.mean(axis=(2, 4), dtype=np.float32)
