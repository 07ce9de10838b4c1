"""What the tiers of homework 2 share: the recordings, put together again from their overlapping rows."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

PHONES = 39
FRAME = 39  # numbers in a frame
ROW = 11 * FRAME  # numbers in a row: eleven frames, the sixth of which the label names
# Where a tier gives two numbers, the first is for the few hundred recordings of our data, the second for
# thousands.
MANY = 200_000  # frames from which on the second numbers are taken


@dataclass(frozen=True)
class Recordings:
    """Frames (n, 39), one recording after the other; where each starts and its length, (recordings,)."""

    frames: torch.Tensor
    starts: torch.Tensor
    lengths: torch.Tensor


def recordings_of(rows: np.ndarray, device: str) -> Recordings:
    """The middle frames of rows (n, 429) as recordings.

    Within a recording a row holds the next row's frames but for the newest; where that fails, a recording
    ends.
    """
    follows = (rows[:-1, FRAME:] == rows[1:, : ROW - FRAME]).all(axis=1)  # (n - 1,)
    starts = np.r_[0, np.flatnonzero(~follows) + 1]
    lengths = np.diff(np.r_[starts, len(rows)])
    frames = rows[:, 5 * FRAME : 6 * FRAME].copy()
    return Recordings(*(torch.from_numpy(part).to(device) for part in (frames, starts, lengths)))


def load_labels(public: Path, device: str) -> torch.Tensor:
    """The labels of training, (frames,)."""
    return torch.from_numpy(np.load(public / "timit_11" / "train_label_11.npy").astype(np.int64)).to(device)


def load_recordings(public: Path, device: str) -> tuple[Recordings, Recordings]:
    """The recordings of training and of the test."""
    folder = public / "timit_11"
    train, test = (
        recordings_of(np.load(folder / name, mmap_mode="r"), device)
        for name in ("train_11.npy", "test_11.npy")
    )
    return train, test
