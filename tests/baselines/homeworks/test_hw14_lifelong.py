"""What homework 14 promises of its data: five tasks of the same kind, none of which tells of another."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import KNeighborsClassifier

from baselines.build import KEY
from baselines.files import SourceProblems
from baselines.homework import HOMEWORKS, load_script
from tests.support.homeworks import built

TASKS = range(5)
script = load_script(HOMEWORKS / "hw14_lifelong" / "data.py")


@pytest.fixture(scope="module")
def data() -> Path:
    return built("hw14_lifelong")


@pytest.fixture(scope="module")
def key(data: Path) -> pd.DataFrame:
    return pd.read_csv(data / KEY)


@pytest.fixture
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Images (3000, 28, 28) and labels as MNIST has them."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (3000, 28, 28), dtype=np.uint8), np.arange(3000, dtype=np.uint8) % 10


def images_of(data: Path, task: int, which: str) -> np.ndarray:
    return np.load(data / "public" / "lifelong" / f"task_{task}" / f"{which}_images.npy")


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes() + array.tobytes()


def problems_of(source: Path, out: Path) -> str:
    with pytest.raises(SourceProblems) as caught:
        script.build_from(source, out, seed=1)
    return str(caught.value)


def test_an_id_is_the_task_times_its_images_plus_the_place(data: Path, key: pd.DataFrame) -> None:
    counts = [len(images_of(data, task, "test")) for task in TASKS]

    assert counts == [800] * 5
    assert list(key["Id"]) == list(range(5 * 800))


def test_each_half_holds_as_many_images_of_each_task(key: pd.DataFrame) -> None:
    counts = key.groupby([key["Id"] // 800, "Usage"]).size()

    assert set(counts) == {400}


def test_no_image_is_in_two_tasks_or_in_training_and_test(data: Path) -> None:
    everything = np.concatenate([images_of(data, task, w) for task in TASKS for w in ("train", "test")])

    values = np.sort(everything.reshape(len(everything), -1), axis=1)  # the same wherever the pixels went

    assert len(np.unique(values, axis=0)) == len(everything)


def test_the_first_task_alone_can_be_read(data: Path) -> None:
    steps = [np.abs(np.diff(images_of(data, task, "train").astype(int), axis=2)).mean() for task in TASKS]
    ink = [images_of(data, task, "train").mean() for task in TASKS]

    assert max(steps[:1]) < 0.7 * min(steps[1:])  # neighbours look alike before the pixels are moved
    assert max(ink) < 1.05 * min(ink)


def test_an_attack_that_forgets_the_order_of_the_pixels_stays_far_below_simple(
    data: Path, key: pd.DataFrame
) -> None:
    # What does not depend on the pixels' places is the same in all tasks, and nothing would be forgotten.
    train = np.sort(images_of(data, 0, "train").reshape(1200, -1), axis=1)
    labels = np.load(data / "public" / "lifelong" / "task_0" / "train_labels.npy")
    test = np.sort(np.concatenate([images_of(data, task, "test").reshape(800, -1) for task in TASKS]), axis=1)

    predictions = KNeighborsClassifier(15).fit(train, labels).predict(test)

    assert (predictions == key["Label"]).mean() < 0.4


def test_the_data_can_be_made_of_mnist_in_each_of_its_forms(
    tmp_path: Path, digits: tuple[np.ndarray, np.ndarray]
) -> None:
    images, labels = digits
    for form in ("npz", "idx", "npy"):
        (tmp_path / form).mkdir()
    np.savez(tmp_path / "npz" / "mnist.npz", x_train=images, y_train=labels)
    raw = tmp_path / "idx" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").write_bytes(idx(images))
    (raw / "train-labels-idx1-ubyte").write_bytes(idx(labels))
    np.save(tmp_path / "npy" / "train_images.npy", images)
    np.save(tmp_path / "npy" / "train_labels.npy", labels)

    for form in ("npz", "idx", "npy"):
        script.build_from(tmp_path / form, tmp_path / "out" / form, seed=1)

    keys = [(tmp_path / "out" / form / KEY).read_bytes() for form in ("npz", "idx", "npy")]
    assert keys[0] == keys[1] == keys[2]
    first = images_of(tmp_path / "out" / "npz", 0, "train")
    assert first.shape == (450, 28, 28)
    assert all(image.tobytes() in {original.tobytes() for original in images} for image in first[:20])


def test_packed_idx_files_are_read_and_torn_ones_are_named(
    tmp_path: Path, digits: tuple[np.ndarray, np.ndarray]
) -> None:
    images, labels = digits
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)[:-5]))
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels)))

    message = problems_of(tmp_path, tmp_path / "out")

    assert "train-images-idx3-ubyte.gz is no whole IDX file" in message


def test_a_folder_without_digits_is_told_what_would_do(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("later")

    message = problems_of(tmp_path, tmp_path / "out")

    assert "mnist.npz" in message
    assert "readme.txt" in message


def test_all_problems_of_the_tasks_are_named_at_once(tmp_path: Path) -> None:
    for task in range(4):
        folder = tmp_path / "lifelong" / f"task_{task}"
        folder.mkdir(parents=True)
        np.save(folder / "train_images.npy", np.zeros((600, 8, 8), dtype=np.uint8))
        np.save(folder / "train_labels.npy", np.arange(600) % 10)
    np.save(tmp_path / "lifelong" / "task_1" / "train_labels.npy", np.arange(600) % 12)
    np.save(tmp_path / "lifelong" / "task_2" / "train_images.npy", np.zeros((600, 64)))

    message = problems_of(tmp_path, tmp_path / "out")

    assert "labels of lifelong/task_1 are not all whole numbers from 0 to 9" in message
    assert "images of lifelong/task_2 are float64 of shape (600, 64)" in message
    assert "lifelong/task_4/train_images.npy" in message


def test_too_few_images_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "mnist.npz", x_train=np.zeros((90, 8, 8), dtype=np.uint8), y_train=np.arange(90) % 9)

    message = problems_of(tmp_path, tmp_path / "out")

    assert "Task 0 has 18 labelled images; at least 500 are needed" in message
    assert "Task 4 has no image of" in message


def test_the_strong_tier_measures_the_mean_squared_gradient() -> None:
    torch = pytest.importorskip("torch", reason="the strong tier needs torch, which is not installed")
    strong = load_script(HOMEWORKS / "hw14_lifelong" / "strong.py")
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(6, 3))
    images = torch.rand(70, 6)

    torch.manual_seed(1)
    importance = strong.fisher_information(model, images)["0.weight"]

    torch.manual_seed(1)
    probabilities = model(images).softmax(dim=1).detach()
    labels = torch.distributions.Categorical(logits=model(images)).sample()
    gradients = probabilities - torch.eye(3)[labels]  # (70, 3), of each image's loss by its logits
    by_hand = ((gradients[:, :, None] * images[:, None, :]) ** 2).mean(dim=0)
    assert torch.allclose(importance, by_hand, atol=1e-6)
