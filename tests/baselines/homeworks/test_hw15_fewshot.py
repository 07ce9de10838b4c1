"""What homework 15 promises: tasks of new alphabets, each on one side, and nothing that pixels give away."""

import io
import re
import shutil
import zipfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from baselines.build import KEY
from baselines.expected import read_expected
from baselines.files import SourceProblems, png, write_zip
from baselines.homework import HOMEWORKS, homework_named, load_script
from tests.support.homeworks import built

BLUR = np.array([0.25, 0.5, 0.25])


@pytest.fixture(scope="module")
def data() -> Path:
    return built("hw15_fewshot")


@pytest.fixture(scope="module")
def key(data: Path) -> pd.DataFrame:
    return pd.read_csv(data / KEY)


@pytest.fixture(scope="module")
def parts(data: Path) -> dict[str, np.ndarray]:
    """The pictures of the tasks, (400, 5, 16, 16) for support and for query."""
    with zipfile.ZipFile(data / "public" / "Omniglot-test.zip") as archive:
        return {
            part: pictures(archive, f"Omniglot-test/{part}/").reshape(-1, 5, 16, 16)
            for part in ("support", "query")
        }


def pictures(archive: zipfile.ZipFile, start: str) -> np.ndarray:
    names = sorted(name for name in archive.namelist() if name.startswith(start))
    return np.stack([np.asarray(Image.open(io.BytesIO(archive.read(name)))) for name in names])


def script() -> ModuleType:
    return load_script(HOMEWORKS / "hw15_fewshot" / "data.py")


def drawings(folder: str, count: int, side: int = 16) -> list[tuple[str, bytes]]:
    rng = np.random.default_rng(list(folder.encode()))
    start = f"Omniglot/images_background/{folder}"
    return [(f"{start}/{n:02}.png", png(rng.integers(0, 255, (side, side), np.uint8))) for n in range(count)]


def real_like(alphabets: list[str], *, characters: int = 6, count: int = 14) -> list[tuple[str, bytes]]:
    folders = [f"{alphabet}/character{n:02}" for alphabet in alphabets for n in range(characters)]
    return [member for folder in folders for member in drawings(folder, count)]


def nearest(support: np.ndarray, query: np.ndarray) -> np.ndarray:
    """For each query (tasks, 5, h, w) the number of the nearest support picture, (tasks * 5,)."""
    gaps = query[:, :, None].astype(float) - support[:, None]
    return (gaps**2).sum(axis=(3, 4)).argmin(axis=2).ravel()


def blurred(images: np.ndarray) -> np.ndarray:
    for axis in (2, 3):
        images = np.apply_along_axis(np.convolve, axis, images, BLUR, mode="same")
    return images


def test_the_archives_have_the_real_layout(data: Path) -> None:
    with zipfile.ZipFile(data / "public" / "Omniglot.zip") as archive:
        train = archive.namelist()
    with zipfile.ZipFile(data / "public" / "Omniglot-test.zip") as archive:
        test = archive.namelist()

    assert len(train) == 20 * 10 * 20
    real = re.compile(r"Omniglot/images_background/[A-Z]\w+\.0/character\d\d/\d{4}_\d\d\.png")
    assert all(real.fullmatch(name) for name in train)
    assert len(test) == 400 * 10
    assert all(re.fullmatch(r"Omniglot-test/(support|query)/\d{4}/image_[0-4]\.png", name) for name in test)


def test_no_picture_is_there_twice(data: Path, parts: dict[str, np.ndarray]) -> None:
    with zipfile.ZipFile(data / "public" / "Omniglot.zip") as archive:
        train = pictures(archive, "Omniglot/")
    everything = np.concatenate([train, *(part.reshape(-1, 16, 16) for part in parts.values())])

    assert len({picture.tobytes() for picture in everything}) == 4000 + 4000


def test_all_tasks_of_an_alphabet_are_on_one_side() -> None:
    data = script()
    rng, is_public = np.random.default_rng(0), np.arange(40) < 20
    alphabets = np.full((40, 10, 4, 3, 2), 0.5)
    alphabets[is_public, ..., 1] = 0.2  # one point each, so that its height tells the alphabet's side
    alphabets[~is_public, ..., 1] = 0.8

    tasks = data.new_tasks(alphabets, is_public, hands=rng, answers=np.random.default_rng(1))

    rows = np.arange(data.SIDE)[:, None]
    ink = 255.0 - tasks.support[:, 0]
    height = (ink * rows).sum(axis=(1, 2)) / ink.sum(axis=(1, 2))
    assert np.array_equal(height < data.SIDE / 2, tasks.public)
    assert tasks.public.sum() == 200


def test_the_classes_of_the_queries_are_even_and_tell_nothing_of_each_other(key: pd.DataFrame) -> None:
    classes = key["class"].to_numpy().reshape(-1, 5)

    shares = np.array([(classes == number).mean(axis=0) for number in range(5)])  # (class, place)
    assert np.abs(shares - 0.2).max() < 0.08
    distinct = np.array([len(set(task)) for task in classes])
    assert 0.02 < (distinct == 5).mean() < 0.08  # 24 of 625 by chance
    assert abs((classes[1:] == classes[:-1]).mean() - 0.2) < 0.04


def test_the_size_of_a_file_does_not_tell_its_class(data: Path, key: pd.DataFrame) -> None:
    with zipfile.ZipFile(data / "public" / "Omniglot-test.zip") as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    support, query = (
        np.array([sizes[name] for name in sorted(sizes) if f"/{part}/" in name]).reshape(-1, 5)
        for part in ("support", "query")
    )

    predictions = np.abs(query[:, :, None] - support[:, None]).argmin(axis=2).ravel()

    assert (predictions == key["class"]).mean() < 0.32  # 0.2 by chance; a full character has more ink


def test_nearest_pixels_stay_below_the_medium_tier(parts: dict[str, np.ndarray], key: pd.DataFrame) -> None:
    guesses = {
        "as they are": nearest(parts["support"], parts["query"]),
        "blurred": nearest(blurred(parts["support"]), blurred(parts["query"])),
    }

    medium = read_expected(homework_named("hw15_fewshot"))["medium"]
    is_public = key["Usage"] == "Public"
    for guess in guesses.values():
        right = guess == key["class"]
        assert right[is_public].mean() < min(medium.public) - 0.05
        assert right[~is_public].mean() < min(medium.private) - 0.05


def test_no_two_characters_of_an_alphabet_have_the_same_strokes() -> None:
    rng = np.random.default_rng(3)

    alphabets = [script().alphabet(rng) for _ in range(20)]

    assert all(len({frozenset(map(bytes, character)) for character in each}) == 10 for each in alphabets)
    assert all(len({bytes(stroke) for character in each for stroke in character}) <= 7 for each in alphabets)


def test_rotations_of_a_real_alphabet_go_the_same_way(tmp_path: Path) -> None:
    names = [f"{letter}.{turn}" for letter in ("Greek", "Latin", "Tifinagh", "Korean") for turn in (0, 90)]
    write_zip(tmp_path / "Omniglot.zip", real_like(names))

    script().build_from(tmp_path, tmp_path / "out", seed=4)

    with zipfile.ZipFile(tmp_path / "out" / "public" / "Omniglot.zip") as archive:
        characters = {name.split("/")[2] for name in archive.namelist()}
    assert len(characters) == 4
    assert len({name.split(".")[0] for name in characters}) == 2


def test_a_real_drawing_is_in_one_task_at_most(tmp_path: Path) -> None:
    write_zip(tmp_path / "Omniglot.zip", real_like(["Greek.0", "Latin.0", "Tifinagh.0", "Korean.0"]))

    script().build_from(tmp_path, tmp_path / "out", seed=4)

    used = []
    for name in ("Omniglot.zip", "Omniglot-test.zip"):
        with zipfile.ZipFile(tmp_path / "out" / "public" / name) as archive:
            used += [archive.read(member) for member in archive.namelist()]
    assert len(set(used)) == len(used) > 6 * 14 * 2


def test_what_is_wrong_with_real_files_is_told_together(tmp_path: Path) -> None:
    members = [
        *real_like(["Greek.0", "Greek.90"]),
        *real_like(["Latin.0"], characters=3),
        *drawings("Korean.0/character01", 4, side=28),
        ("Omniglot/images_background/stray.png", png(np.zeros((16, 16), np.uint8))),
        ("Omniglot/images_background/Latin.0/character01/broken.png", b"no picture"),
    ]
    write_zip(tmp_path / "Omniglot.zip", members)

    with pytest.raises(SourceProblems) as caught:
        script().build_from(tmp_path, tmp_path / "out", seed=4)

    message = str(caught.value)
    assert "1 pictures, such as Omniglot/images_background/stray.png, are not in" in message
    assert (
        "1 files, such as Omniglot/images_background/Latin.0/character01/broken.png, are no pictures"
        in message
    )
    assert "16 x 16, 28 x 28 pixels" in message
    assert "There are 3 alphabets; at least 4 are needed" in message
    assert "2 alphabets, such as Korean.0, have fewer than 5 characters" in message
    assert "1 characters, such as Korean.0/character01, have fewer than 12 drawings" in message


def test_an_unpacked_folder_does_as_well(data: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(data / "public" / "Omniglot.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    shutil.copy(data / "public" / "Omniglot.zip", tmp_path)

    for name in ("unpacked", "."):
        script().build_from(tmp_path / name, tmp_path / f"out-{name}", seed=2**100)

    keys = [(tmp_path / f"out-{name}" / KEY).read_bytes() for name in ("unpacked", ".")]
    assert keys[0] == keys[1]
