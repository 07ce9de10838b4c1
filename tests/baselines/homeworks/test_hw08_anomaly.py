"""What homework 8 promises of its data: odd faces are odd by what they show, not by a statistic."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

from baselines.build import KEY, build_homework_from
from baselines.expected import read_expected
from baselines.files import SourceProblems
from baselines.homework import homework_named
from tests.support.homeworks import built

TRAIN, TEST = Path("data-bin", "trainingset.npy"), Path("data-bin", "testingset.npy")
Faces = tuple[np.ndarray, np.ndarray, pd.DataFrame]


@pytest.fixture(scope="module")
def data() -> Path:
    return built("hw08_anomaly")


@pytest.fixture(scope="module")
def faces(data: Path) -> Faces:
    """Training and test pictures as rows of numbers from 0 to 1, and the answer key."""
    train, test = (np.load(data / "public" / name) for name in (TRAIN, TEST))
    return train.reshape(len(train), -1) / 255, test.reshape(len(test), -1) / 255, pd.read_csv(data / KEY)


def halves(key: pd.DataFrame, scores: np.ndarray) -> list[float]:
    """ROC AUC on the public and on the private half."""
    return [
        float(roc_auc_score(key["Predicted"][key["Usage"] == half], scores[key["Usage"] == half]))
        for half in ("Public", "Private")
    ]


def a_source(folder: Path, faces: np.ndarray) -> Path:
    """A folder as a course would fill it, with these training pictures."""
    (folder / "source" / "data-bin").mkdir(parents=True)
    np.save(folder / "source" / TRAIN, faces)
    return folder / "source"


def some_faces(n: int, *, side: int = 16) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (n, side, side, 3), dtype=np.uint8)


def test_the_files_have_the_real_layout(data: Path) -> None:
    for name in (TRAIN, TEST):
        pictures = np.load(data / "public" / name)

        assert pictures.dtype == np.uint8
        assert pictures.shape[1:] == (24, 24, 3)


def test_half_of_each_half_is_odd(faces: Faces) -> None:
    _, _, key = faces

    odd = key.groupby("Usage")["Predicted"].agg(["mean", "size"])

    assert odd["size"].between(1490, 1510).all()
    assert odd["mean"].between(0.49, 0.51).all()


def test_no_picture_is_there_twice(faces: Faces) -> None:
    train, test, _ = faces

    pictures = np.unique(np.concatenate([train, test]), axis=0)

    assert len(pictures) == len(train) + len(test)


def test_neither_brightness_nor_contrast_nor_place_tells_the_odd(faces: Faces) -> None:
    _, test, key = faces
    fine = np.abs(np.diff(test.reshape(-1, 24, 24, 3), axis=1)).mean(axis=(1, 2, 3))

    for scores in (test.mean(axis=1), test.var(axis=1), fine, np.arange(len(test))):
        assert all(0.44 < score < 0.56 for score in halves(key, scores))


@pytest.mark.parametrize("components", [10, 40, 160, 400])
def test_what_principal_components_leave_over_does_not_reach_strong(faces: Faces, components: int) -> None:
    train, test, key = faces
    strong = read_expected(homework_named("hw08_anomaly"))["strong"]
    model = PCA(components, svd_solver="randomized", random_state=0).fit(train)

    left = ((test - model.inverse_transform(model.transform(test))) ** 2).sum(axis=1)

    public, private = halves(key, left)
    assert public < min(strong.public) - 0.03
    assert private < min(strong.private) - 0.03


def test_the_distance_to_the_nearest_training_face_does_not_reach_medium(faces: Faces) -> None:
    train, test, key = faces
    medium = read_expected(homework_named("hw08_anomaly"))["medium"]

    distance = NearestNeighbors(n_neighbors=1).fit(train).kneighbors(test)[0][:, 0]

    public, private = halves(key, distance)
    assert public < min(medium.public)
    assert private < min(medium.private)


def test_real_faces_are_held_out_and_harmed(tmp_path: Path) -> None:
    source = a_source(tmp_path, some_faces(1200))

    build_homework_from(homework_named("hw08_anomaly"), tmp_path / "out", source=source, seed=3)

    train, test = (np.load(tmp_path / "out" / "public" / name) for name in (TRAIN, TEST))
    is_odd = pd.read_csv(tmp_path / "out" / KEY)["Predicted"].to_numpy() == 1
    real = {face.tobytes() for face in some_faces(1200)}
    assert (len(train), len(test), is_odd.sum()) == (800, 400, 200)
    assert all(face.tobytes() in real for face in test[~is_odd])
    assert not any(face.tobytes() in real for face in test[is_odd])
    assert not {face.tobytes() for face in train} & {face.tobytes() for face in test}


def test_copies_among_real_faces_are_taken_once(tmp_path: Path) -> None:
    source = a_source(tmp_path, np.repeat(some_faces(700), 3, axis=0))

    build_homework_from(homework_named("hw08_anomaly"), tmp_path / "out", source=source, seed=3)

    train, test = (np.load(tmp_path / "out" / "public" / name) for name in (TRAIN, TEST))
    assert len(train) + len(test) == 700


def test_a_course_may_bring_odd_pictures_of_its_own(tmp_path: Path) -> None:
    source = a_source(tmp_path, some_faces(1200))
    np.save(source / "anomalies.npy", np.full((600, 16, 16, 3), 7, dtype=np.uint8))

    build_homework_from(homework_named("hw08_anomaly"), tmp_path / "out", source=source, seed=3)

    test = np.load(tmp_path / "out" / "public" / TEST)
    is_odd = pd.read_csv(tmp_path / "out" / KEY)["Predicted"].to_numpy() == 1
    assert (test[is_odd] == 7).all()
    assert is_odd.mean() == 0.5


@pytest.mark.parametrize(
    ("pictures", "words"),
    [
        (some_faces(1200).astype(np.float32), "holds float32 .* expected uint8"),
        (some_faces(1200)[..., :1], "expected .pictures, side, side, 3."),
        (some_faces(1200, side=18), "a side that 8 divides"),
        (some_faces(50), "expected 600 pictures or more"),
    ],
)
def test_unusable_pictures_are_named_with_what_was_expected(
    tmp_path: Path, pictures: np.ndarray, words: str
) -> None:
    source = a_source(tmp_path, pictures)

    with pytest.raises(SourceProblems, match=words):
        build_homework_from(homework_named("hw08_anomaly"), tmp_path / "out", source=source, seed=3)
