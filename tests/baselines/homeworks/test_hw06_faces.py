"""What homework 6 promises: hidden faces, a judge that sees blends, and copies that cost."""

import base64
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from baselines.build import KEY, SAMPLE
from baselines.expected import read_expected
from baselines.files import SourceProblems, pixels_of, png
from baselines.homework import HOMEWORKS, homework_named, load_script
from baselines.measure import read_key
from grader.errors import InvalidSubmission
from grader.grade import AnyAnswerKey, Grade, grade
from tests.support.homeworks import built

FOLDER = HOMEWORKS / "hw06_faces"
HALVES = ("public", "private")


@pytest.fixture(scope="module")
def data() -> Path:
    return built("hw06_faces")


@pytest.fixture(scope="module")
def faces(data: Path) -> np.ndarray:
    """The training faces, (2500, 16, 16)."""
    with zipfile.ZipFile(data / "public" / "faces.zip") as archive:
        return np.stack([pixels_of(archive.read(name), mode="L") for name in archive.namelist()])


@pytest.fixture(scope="module")
def new_faces() -> np.ndarray:
    script = load_script(FOLDER / "data.py")
    pictures: np.ndarray = script.draw(np.random.default_rng(99), 1000)
    return pictures


@pytest.fixture(scope="module")
def key(data: Path) -> AnyAnswerKey:
    return read_key(homework_named("hw06_faces"), data)


def graded(key: AnyAnswerKey, pictures: np.ndarray) -> Grade:
    whole = np.clip(np.rint(pictures), 0, 255).astype(np.uint8)
    texts = [base64.b64encode(picture.tobytes()).decode() for picture in whole]
    table = pd.DataFrame({"id": np.arange(len(texts)), "pixels": texts})
    return grade(table.to_csv(index=False).encode(), key)


def is_worse_than(scores: Grade, tier: str) -> bool:
    known = read_expected(homework_named("hw06_faces"))[tier]
    return all(getattr(scores, half) > max(getattr(known, half)) for half in HALVES)


def is_far_below_simple(scores: Grade) -> bool:
    known = read_expected(homework_named("hw06_faces"))
    for half in HALVES:
        simple, medium = getattr(known["simple"], half), getattr(known["medium"], half)
        if getattr(scores, half) < max(simple) + (np.mean(simple) - np.mean(medium)) / 4:
            return False
    return True


def normal_samples(faces: np.ndarray, count: int) -> np.ndarray:
    """A thousand samples of a normal distribution in so many principal components."""
    rng, flat = np.random.default_rng(5), faces.reshape(len(faces), -1).astype(float)
    middle = flat.mean(axis=0)
    _, sizes, axes = np.linalg.svd(flat - middle, full_matrices=False)
    spread = sizes[:count] / np.sqrt(len(flat))
    return (middle + (rng.normal(size=(1000, count)) * spread) @ axes[:count]).reshape(-1, 16, 16)


def test_the_files_have_the_real_layout(data: Path, faces: np.ndarray) -> None:
    with zipfile.ZipFile(data / "public" / "faces.zip") as archive:
        names = archive.namelist()

    assert names == [f"faces/{place}.png" for place in range(2500)]
    assert faces.shape == (2500, 16, 16)


def test_each_half_has_the_judge_and_hidden_faces_of_its_own(data: Path) -> None:
    metric, rows = load_script(FOLDER / "metric.py"), pd.read_csv(data / KEY)

    halves = [rows[rows["Usage"] == half] for half in ("Public", "Private")]

    assert [len(half) for half in halves] == [500, 500]
    assert metric.joined(halves[0]["judge"]) == metric.joined(halves[1]["judge"])
    assert metric.joined(halves[0]["faces"]) != metric.joined(halves[1]["faces"])


def test_new_real_faces_score_far_better_than_boss(key: AnyAnswerKey, new_faces: np.ndarray) -> None:
    scores = graded(key, new_faces)

    boss = read_expected(homework_named("hw06_faces"))["boss"]
    assert scores.public < min(boss.public) / 3
    assert scores.private < min(boss.private) / 3


@pytest.mark.parametrize(
    ("text", "words"), [("no base64!", "are no base64"), ("AAAA", "are 3 bytes; expected 16 x 16 = 256")]
)
def test_what_is_no_picture_is_named_with_its_row(
    data: Path, key: AnyAnswerKey, text: str, words: str
) -> None:
    table = pd.read_csv(data / SAMPLE)
    table.loc[7, "pixels"] = text

    with pytest.raises(InvalidSubmission, match=f"id 7 {words}"):
        grade(table.to_csv(index=False).encode(), key)


def test_the_attack_by_a_constant_the_sample_or_random_noise_stays_far_below_simple(
    data: Path, key: AnyAnswerKey, faces: np.ndarray
) -> None:
    rng = np.random.default_rng(5)
    sample = (data / SAMPLE).read_bytes()

    assert is_far_below_simple(grade(sample, key))
    assert is_far_below_simple(graded(key, np.repeat(faces[:1], 1000, axis=0)))
    assert is_far_below_simple(graded(key, rng.integers(0, 256, (1000, 16, 16))))


@pytest.mark.parametrize("name", ["in the order of the ids", "mirrored", "moved", "noisy", "darker"])
def test_the_attack_by_copies_stays_worse_than_medium(
    key: AnyAnswerKey, faces: np.ndarray, name: str
) -> None:
    rng = np.random.default_rng(5)
    copies = faces[:1000].astype(float)
    changed = {
        "in the order of the ids": copies,
        "mirrored": copies[:, :, ::-1],
        "moved": np.roll(copies, 1, axis=1),
        "noisy": copies + rng.normal(0, 6, copies.shape),
        "darker": 0.8 * copies,
    }[name]

    assert is_worse_than(graded(key, changed), "medium")


@pytest.mark.parametrize("count", [30, 120, 256])
def test_the_attack_by_normal_samples_stays_worse_than_medium(
    key: AnyAnswerKey, faces: np.ndarray, count: int
) -> None:
    assert is_worse_than(graded(key, normal_samples(faces, count)), "medium")


def test_the_attack_by_a_mixture_of_normal_distributions_stays_worse_than_strong(
    key: AnyAnswerKey, faces: np.ndarray
) -> None:
    flat = faces.reshape(len(faces), -1).astype(float)
    axes = PCA(120, random_state=0).fit(flat)
    mixture = GaussianMixture(30, reg_covar=1.0, max_iter=10, random_state=0).fit(axes.transform(flat))
    samples = axes.inverse_transform(mixture.sample(1000)[0]).reshape(-1, 16, 16)

    scores = graded(key, np.random.default_rng(5).permutation(samples))

    assert is_worse_than(scores, "strong")


@pytest.mark.parametrize(("count", "tier"), [(5, "strong"), (10, "boss")])
def test_the_attack_by_blends_of_near_faces_stays_worse_than_the_best_tiers(
    key: AnyAnswerKey, faces: np.ndarray, count: int, tier: str
) -> None:
    script = load_script(FOLDER / "data.py")

    blends = script.blends(np.random.default_rng(5), faces.astype(np.float32), count)[:1000]

    assert is_worse_than(graded(key, blends), tier)


def test_too_few_real_faces_are_told_with_what_was_expected(tmp_path: Path) -> None:
    script = load_script(FOLDER / "data.py")
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces" / "1.png").write_bytes(png(np.zeros((16, 16), dtype=np.uint8)))

    with pytest.raises(SourceProblems, match="There are 1 pictures below faces/; expected 1,500"):
        script.build_from(tmp_path, tmp_path / "out", seed=1)
