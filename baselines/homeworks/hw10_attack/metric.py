"""Accuracy of hidden judges on attacked pictures, in plain NumPy: it runs where no torch and no file is.

The judges' weights and the clean pictures come with the answer key, cut into pieces of text: each half of the
key carries all of them, because each is scored by itself.
"""

import base64
import binascii
import io

import numpy as np
import pandas as pd

STRIDE = 2  # of every convolution
SMOOTHING = (0.25, 0.5, 0.25)  # what a judge does to rows and columns before it looks
MOST_NAMED = 5  # rows that a message names
UNCHANGED = "."  # stands for the clean picture, as in the sample submission


class ParticipantVisibleError(Exception):
    """The file is at fault, and its owner reads why."""


def score(
    solution: pd.DataFrame, submission: pd.DataFrame, row_id_column_name: str, epsilon: int = 8
) -> float:
    """Share of right answers of the hidden judges, 0 to 1; lower is better.

    solution: the id, label (a class number) and piece (see `unpacked`). submission: the id and pixels,
    base64 of height * width * 3 bytes, or "." for the clean picture. epsilon: how far each byte may be from
    the clean picture's.
    """
    arrays = unpacked(solution)
    ids = solution[row_id_column_name].to_numpy()
    clean = arrays.pop("pictures")[ids]  # (rows, side, side, 3)
    attacked = decoded(submission["pixels"], ids, clean)
    require_close(attacked, clean, ids, epsilon)
    labels = solution["label"].to_numpy()
    right = [class_scores(judge, attacked).argmax(axis=1) == labels for judge in judges_of(arrays)]
    return float(np.mean(right))


def unpacked(solution: pd.DataFrame) -> dict[str, np.ndarray]:
    """The arrays of the .npz file whose base64 is cut into pieces: number, colon, text."""
    pieces = dict(piece.split(":") for piece in solution["piece"])
    text = "".join(pieces[number] for number in sorted(pieces, key=int))
    with np.load(io.BytesIO(base64.b64decode(text)), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def decoded(texts: pd.Series, ids: np.ndarray, clean: np.ndarray) -> np.ndarray:
    """Pictures shaped as the clean ones; ParticipantVisibleError names the rows that are none."""
    shape = clean.shape[1:]
    expected = int(np.prod(shape))
    pictures = clean.reshape(len(clean), expected).copy()
    no_text, sizes = [], []
    for place, text in enumerate(texts):
        if text == UNCHANGED:
            continue
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, TypeError, ValueError):
            no_text.append(ids[place])
            continue
        if len(data) == expected:
            pictures[place] = np.frombuffer(data, dtype=np.uint8)
        else:
            sizes.append((ids[place], len(data)))
    if no_text:
        raise ParticipantVisibleError(
            f"pixels is not base64 in {len(no_text)} rows: {listed(no_text)}. "
            "Write base64.b64encode(picture.tobytes()).decode() of a uint8 array."
        )
    if sizes:
        raise ParticipantVisibleError(
            f"pixels has a wrong length in {len(sizes)} rows: {listed([row for row, _ in sizes])}. The first "
            f"of them holds {sizes[0][1]} bytes; a picture is {' x '.join(map(str, shape))} = {expected}."
        )
    return pictures.reshape(-1, *shape)


def require_close(attacked: np.ndarray, clean: np.ndarray, ids: np.ndarray, epsilon: int) -> None:
    """Raise ParticipantVisibleError that names the rows with a byte farther than epsilon from the clean."""
    far = np.abs(attacked.astype(int) - clean).max(axis=(1, 2, 3))  # (rows,)
    beyond = np.flatnonzero(far > epsilon)
    if len(beyond):
        raise ParticipantVisibleError(
            f"{len(beyond)} pictures differ by more than {epsilon}: {listed(ids[beyond])}. In the first of "
            f"them a byte is {far[beyond[0]]} away. Round, clip to clean - {epsilon} ... clean + {epsilon}, "
            "then to 0 ... 255."
        )


def listed(ids: list[int] | np.ndarray) -> str:
    """The first ids as words."""
    more = ", ..." if len(ids) > MOST_NAMED else ""
    return "Id " + ", ".join(str(each) for each in ids[:MOST_NAMED]) + more


def judges_of(arrays: dict[str, np.ndarray]) -> list[list[np.ndarray]]:
    """Each judge's weight, bias, weight, bias, ... from arrays named '<judge>.<place>'."""
    count = 1 + max(int(name.split(".")[0]) for name in arrays)
    judges: list[list[np.ndarray]] = [[] for _ in range(count)]
    for name in sorted(arrays, key=lambda name: tuple(map(int, name.split(".")))):
        judges[int(name.split(".")[0])].append(arrays[name].astype(np.float32))
    return judges


def class_scores(judge: list[np.ndarray], pictures: np.ndarray) -> np.ndarray:
    """Scores (n, classes) of pictures (n, side, side, 3), uint8.

    judge: for each convolution a weight (channels, size, size, outputs) and a bias (outputs,), then a weight
    (numbers, classes) and a bias.
    """
    hidden = smoothed(pictures)
    for weight, bias in zip(judge[:-2:2], judge[1:-2:2], strict=True):
        seen = columns_of(hidden, weight.shape[1])
        hidden = np.maximum(seen @ weight.reshape(-1, len(bias)) + bias, 0)
    return hidden.reshape(len(hidden), -1) @ judge[-2] + judge[-1]


def smoothed(pictures: np.ndarray, *, times: int = 6) -> np.ndarray:
    """Pictures (n, side, side, 3) as float32 around 0, each row and column smoothed: the defence."""
    smooth: np.ndarray = pictures.astype(np.float32) / 64 - 2
    for _ in range(times):
        for axis in (1, 2):
            room = [(1, 1) if each == axis else (0, 0) for each in range(4)]
            padded = np.pad(smooth, room, mode="edge")
            shifted = (np.take(padded, np.arange(smooth.shape[axis]) + step, axis=axis) for step in range(3))
            smooth = np.asarray(sum(share * part for share, part in zip(SMOOTHING, shifted, strict=True)))
    return np.asarray(smooth, dtype=np.float32)


def columns_of(hidden: np.ndarray, size: int) -> np.ndarray:
    """What each place of a convolution sees, (n, rows, columns, channels * size * size).

    hidden: (n, side, side, channels). The stride is 2, the padding (size - 1) // 2.
    """
    room = (size - 1) // 2
    padded = np.pad(hidden, ((0, 0), (room, room), (room, room), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), (1, 2))[:, ::STRIDE, ::STRIDE]
    return np.ascontiguousarray(windows).reshape(*windows.shape[:3], -1)
