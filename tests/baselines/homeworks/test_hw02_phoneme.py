"""What homework 2 promises of its data: recordings can be put together again from overlapping rows."""

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from baselines.build import KEY, build_homework_from
from baselines.files import SourceProblems
from baselines.homework import HOMEWORKS, homework_named, load_script
from tests.support.homeworks import built


@pytest.fixture(scope="module")
def data() -> Path:
    return built("hw02_phoneme")


@pytest.fixture(scope="module")
def rows(data: Path) -> np.ndarray:
    return np.load(data / "public" / "timit_11" / "test_11.npy")


def recording_ends(rows: np.ndarray) -> np.ndarray:
    """The rows after which the next one does not repeat the last ten of their eleven frames."""
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
    torch = pytest.importorskip("torch", reason="the strong tier needs torch, which is not installed")
    shared, strong = (load_script(HOMEWORKS / "hw02_phoneme" / f"{name}.py") for name in ("shared", "strong"))
    excerpt = rows[:2000]

    windows = strong.windows(shared.recordings_of(excerpt, "cpu"), torch.arange(len(excerpt))).numpy()

    middle = windows.reshape(len(excerpt), 17, 39)[:, 3:14]  # of the tier's seventeen frames the inner eleven
    whole = slice(-5)  # the last recording was cut: its end lacks what comes after
    assert np.array_equal(middle[whole].reshape(-1, 429), excerpt[whole])


def test_the_boss_tier_reads_each_recording_whole_and_no_other(rows: np.ndarray) -> None:
    torch = pytest.importorskip("torch", reason="the boss tier needs torch, which is not installed")
    shared, boss = (load_script(HOMEWORKS / "hw02_phoneme" / f"{name}.py") for name in ("shared", "boss"))
    model = boss.Tagger(real=False).eval()
    recordings = shared.recordings_of(rows[:3000], "cpu")
    alone = shared.recordings_of(rows[: int(recordings.lengths[0])], "cpu")

    together, first = (boss.classify(model, each, device="cpu") for each in (recordings, alone))

    assert len(together) == 3000
    assert torch.equal(together[: len(first)], first)


def real_files(folder: Path, *, recordings: int = 48) -> Path:
    """Write a timit_11/ of short recordings in single precision; a label is the number of its recording."""
    rng = np.random.default_rng(0)
    tables, labels = [], []
    for number in range(recordings):
        frames = np.pad(rng.normal(size=(20, 39)).astype(np.float32), ((5, 5), (0, 0)), mode="edge")
        tables.append(np.hstack([frames[shift : shift + 20] for shift in range(11)]))
        labels += [str(number % 39)] * 20
    (folder / "timit_11").mkdir(parents=True)
    np.save(folder / "timit_11" / "train_11.npy", np.vstack(tables))
    np.save(folder / "timit_11" / "train_label_11.npy", np.array(labels))
    return folder


def test_real_recordings_go_to_one_side_as_a_whole_and_keep_their_labels(tmp_path: Path) -> None:
    source = real_files(tmp_path / "source")

    build_homework_from(homework_named("hw02_phoneme"), tmp_path / "out", source=source, seed=1)

    key, folder = pd.read_csv(tmp_path / "out" / KEY), tmp_path / "out" / "public" / "timit_11"
    train, test = (np.load(folder / f"{part}_11.npy") for part in ("train", "test"))
    before = np.load(source / "timit_11" / "train_11.npy").astype(np.float16)
    label_of = {
        row.tobytes(): int(label)
        for row, label in zip(before, np.repeat(np.arange(48) % 39, 20), strict=True)
    }
    labels = [*np.load(folder / "train_label_11.npy").astype(int), *key["Class"]]
    assert [label_of[row.tobytes()] for row in np.vstack([train, test])] == labels
    assert (len(recording_ends(train)) + 1, len(recording_ends(test)) + 1) == (36, 12)
    assert key["Usage"].to_numpy().reshape(12, 20).tolist() == [[usage] * 20 for usage in key["Usage"][::20]]


def test_shuffled_rows_and_few_recordings_are_refused(tmp_path: Path) -> None:
    source = real_files(tmp_path / "source", recordings=3)

    with pytest.raises(SourceProblems, match=r"has 3 recordings, .* At least 40 are needed"):
        build_homework_from(homework_named("hw02_phoneme"), tmp_path / "out", source=source, seed=1)


def test_wrong_shapes_and_labels_are_named_together(tmp_path: Path) -> None:
    folder = real_files(tmp_path / "source") / "timit_11"
    np.save(folder / "train_11.npy", np.load(folder / "train_11.npy")[:, :39])
    np.save(folder / "train_label_11.npy", np.full(960, "40"))

    with pytest.raises(SourceProblems, match=r"\(960, 39\); expected .*, 429\).*960 labels outside 0 to 38"):
        build_homework_from(homework_named("hw02_phoneme"), tmp_path / "out", source=folder.parent, seed=1)


def test_files_of_another_kind_are_named(tmp_path: Path) -> None:
    source = real_files(tmp_path / "source")
    (source / "timit_11" / "train_label_11.npy").write_bytes(b"labels")

    with pytest.raises(SourceProblems, match=r"train_label_11.npy is no .npy file"):
        build_homework_from(homework_named("hw02_phoneme"), tmp_path / "out", source=source, seed=1)


def test_every_label_is_declared_so_that_another_costs_nothing() -> None:
    rules = tomllib.loads((HOMEWORKS / "hw02_phoneme" / "competition.toml").read_text(encoding="utf-8"))

    assert rules["labels"] == [str(number) for number in range(39)]
