"""What homework 2 promises of its data: recordings can be put together again from overlapping rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from baselines.build import KEY, build_homework
from baselines.homework import HOMEWORKS, homework_named, load_script


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hw02")
    build_homework(homework_named("hw02_phoneme"), folder)
    return folder


@pytest.fixture(scope="module")
def rows(data: Path) -> np.ndarray:
    return np.load(data / "public" / "timit_11" / "test_11.npy")


def recording_ends(rows: np.ndarray) -> np.ndarray:
    """Return the rows after which the next one does not repeat the last ten of their eleven frames."""
    return np.flatnonzero((rows[:-1, 39:] != rows[1:, :390]).any(axis=1))


def test_the_files_have_the_real_layout(data: Path, rows: np.ndarray) -> None:
    labels = np.load(data / "public" / "timit_11" / "train_label_11.npy")

    assert rows.shape[1] == 11 * 39
    assert labels.dtype.kind == "U"
    assert set(labels.astype(int)) == set(range(39))


def test_overlapping_rows_show_every_recording(rows: np.ndarray) -> None:
    assert len(recording_ends(rows)) == 110 - 1


def test_a_recording_is_public_or_private_as_a_whole(data: Path, rows: np.ndarray) -> None:
    usage = pd.read_csv(data / KEY)["Usage"].to_numpy()

    sides = [set(part) for part in np.split(usage, recording_ends(rows) + 1)]

    assert all(len(side) == 1 for side in sides)
    assert sides.count({"Public"}) == sides.count({"Private"}) == 55


def test_the_strong_tier_sees_the_frames_that_the_rows_hold(rows: np.ndarray) -> None:
    pytest.importorskip("torch", reason="the strong tier needs torch, which is not installed")
    strong = load_script(HOMEWORKS / "hw02_phoneme" / "strong.py")

    first = strong.utterances(rows[:2000])[0]
    windows = strong.stretch(first)

    eleven = windows[:, 4 * 39 : 15 * 39]  # the middle eleven of nineteen frames
    assert np.array_equal(eleven, rows[: len(first)].astype(np.float32))
