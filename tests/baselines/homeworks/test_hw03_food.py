"""What homework 3 promises of its data: the real layout, and nothing but the pixels tells a dish."""

import hashlib
import re
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier

from baselines.build import KEY
from baselines.expected import read_expected
from baselines.files import SourceProblems, pixels_of, png, write_zip
from baselines.homework import HOMEWORKS, homework_named, load_script
from tests.support.homeworks import built

ARCHIVE = Path("public", "food-11.zip")


@pytest.fixture(scope="module")
def data() -> Path:
    return built("hw03_food")


@pytest.fixture(scope="module")
def members(data: Path) -> dict[str, bytes]:
    return contents(data / ARCHIVE)


@pytest.fixture(scope="module")
def answers(data: Path) -> pd.DataFrame:
    return pd.read_csv(data / KEY)


def contents(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def below(members: dict[str, bytes], place: str) -> list[str]:
    return sorted(name for name in members if name.startswith(f"food-11/{place}/"))


def with_labels(members: dict[str, bytes]) -> tuple[list[str], np.ndarray]:
    """The labelled and the validation pictures, and their kinds."""
    names = below(members, "training/labeled") + below(members, "validation")
    return names, np.array([int(name.split("/")[-2]) for name in names])


def a_course_with(folder: Path, **changed: bytes | None) -> Path:
    """A folder of tiny real data, eight pictures a kind; members are replaced, or left out with None."""
    rng = np.random.default_rng(0)
    names = [f"training/labeled/{kind:02d}/{kind}_{n}.png" for kind in range(11) for n in range(8)]
    names += ["validation/00/0_0.png", "training/unlabeled/00/0.png", "testing/0000.png"]
    files: dict[str, bytes | None] = {
        name: png(rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)) for name in names
    }
    files |= changed
    write_zip(folder / "food-11.zip", [(f"food-11/{name}", file) for name, file in files.items() if file])
    return folder


def test_the_archive_has_the_real_layout(members: dict[str, bytes]) -> None:
    places = Counter(re.sub(r"[^/]+$", "", name) for name in members)

    assert places["food-11/training/labeled/07/"] == 20
    assert places["food-11/validation/10/"] == 15
    assert places["food-11/training/unlabeled/00/"] == 1100
    assert places["food-11/testing/"] == 1400
    assert len(places) == 11 + 11 + 1 + 1
    assert {pixels_of(file).shape for file in members.values()} == {(24, 24, 3)}


def test_the_ids_are_the_numbers_of_the_test_pictures(
    members: dict[str, bytes], answers: pd.DataFrame
) -> None:
    assert [int(Path(name).stem) for name in below(members, "testing")] == list(answers["Id"])


def test_no_picture_is_there_twice(members: dict[str, bytes]) -> None:
    assert len({hashlib.sha256(file).digest() for file in members.values()}) == len(members)


def test_the_sizes_of_the_files_do_not_tell_the_dish(
    members: dict[str, bytes], answers: pd.DataFrame
) -> None:
    names, kinds = with_labels(members)
    forest = RandomForestClassifier(100, min_samples_leaf=5, random_state=0)
    forest.fit([[len(members[name])] for name in names], kinds)

    guesses = forest.predict([[len(members[name])] for name in below(members, "testing")])

    assert (guesses == answers["Category"]).mean() < 0.17  # chance is 0.09 to 0.10


def test_the_average_colour_is_far_from_enough(members: dict[str, bytes], answers: pd.DataFrame) -> None:
    names, kinds = with_labels(members)
    forest = RandomForestClassifier(100, random_state=0).fit(
        [colours(members[name]) for name in names], kinds
    )

    guesses = forest.predict([colours(members[name]) for name in below(members, "testing")])

    assert (guesses == answers["Category"]).mean() < 0.3


def colours(file: bytes) -> np.ndarray:
    """Mean and spread of red, green and blue."""
    pixels = pixels_of(file)
    return np.concatenate([pixels.mean(axis=(0, 1)), pixels.std(axis=(0, 1))])


def test_a_forest_on_the_pixels_stays_below_the_medium_tier(
    members: dict[str, bytes], answers: pd.DataFrame
) -> None:
    names, kinds = with_labels(members)
    forest = RandomForestClassifier(100, random_state=0).fit(
        [pixels_of(members[n]).ravel() for n in names], kinds
    )

    guesses = forest.predict([pixels_of(members[name]).ravel() for name in below(members, "testing")])

    medium = read_expected(homework_named("hw03_food"))["medium"]
    assert (guesses == answers["Category"]).mean() < min(medium.public + medium.private)


def test_the_test_pictures_are_drawn_from_a_stream_of_their_own(answers: pd.DataFrame) -> None:
    script = load_script(HOMEWORKS / "hw03_food" / "data.py")
    _, exam, _ = (np.random.default_rng(child) for child in np.random.SeedSequence(2021).spawn(3))

    test = script.photograph(exam, exam.integers(0, 11, script.TEST))

    assert list(test.dishes) == list(answers["Category"])


def test_real_pictures_are_held_out_once_and_a_third_of_each_kind(tmp_path: Path) -> None:
    source = a_course_with(tmp_path / "source")
    load_script(HOMEWORKS / "hw03_food" / "data.py").build_from(source, tmp_path / "out", seed=4)

    files, course_files = contents(tmp_path / "out" / ARCHIVE), contents(source / "food-11.zip")

    key = pd.read_csv(tmp_path / "out" / KEY)
    kind = {course_files[name]: int(name.split("/")[-2]) for name in with_labels(course_files)[0]}
    assert sorted(files.values()) == sorted(course_files.values())
    assert [kind[files[name]] for name in below(files, "testing")] == list(key["Category"])
    assert Counter(key["Category"]) == dict.fromkeys(range(11), 2) | {0: 3}
    assert (
        len(below(files, "training/unlabeled")) == 2
    )  # with the real test's picture, whose label nobody has


def test_the_same_real_picture_is_not_in_training_and_test(tmp_path: Path) -> None:
    twin = png(np.full((9, 9, 3), 7, dtype=np.uint8))
    copies = {f"training/labeled/03/copy_{n}.png": twin for n in range(9)}
    load_script(HOMEWORKS / "hw03_food" / "data.py").build_from(
        a_course_with(tmp_path / "source", **copies), tmp_path / "out", seed=4
    )

    files = contents(tmp_path / "out" / ARCHIVE)

    assert Counter(files.values())[twin] == 1


def test_all_that_is_wrong_with_the_real_folders_is_told_at_once(tmp_path: Path) -> None:
    picture = png(np.zeros((9, 9, 3), dtype=np.uint8))
    missing = {f"training/labeled/05/5_{n}.png": None for n in range(5)}
    source = a_course_with(tmp_path, **{"validation/11/11_0.png": picture}, **missing)

    with pytest.raises(SourceProblems) as caught:
        load_script(HOMEWORKS / "hw03_food" / "data.py").build_from(source, tmp_path / "out", seed=4)

    assert "found 11" in str(caught.value)
    assert "05 has 3" in str(caught.value)


def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    source = a_course_with(tmp_path, **{"testing/0000.png": b"not a picture"})

    with pytest.raises(SourceProblems, match=r"food-11/testing/0000\.png cannot be read as a picture"):
        load_script(HOMEWORKS / "hw03_food" / "data.py").build_from(source, tmp_path / "out", seed=4)
