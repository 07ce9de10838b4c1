"""Archives, pictures and real folders, as the data scripts use them."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from baselines.files import RealFiles, SourceProblems, npy, pixels_of, png, require_files, write_zip

PIXELS = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


def test_the_same_members_give_the_same_archive(tmp_path: Path) -> None:
    members = [("food/1.png", png(PIXELS)), ("food/a.npy", npy(np.arange(3)))]

    write_zip(tmp_path / "one.zip", members)
    write_zip(tmp_path / "below" / "two.zip", members)

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "below" / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.namelist() == ["food/1.png", "food/a.npy"]
        assert np.array_equal(np.load(io.BytesIO(archive.read("food/a.npy"))), np.arange(3))


def test_a_picture_comes_back_as_it_was() -> None:
    assert np.array_equal(pixels_of(png(PIXELS)), PIXELS)
    assert pixels_of(png(PIXELS), mode="L").shape == (4, 4)


def test_a_photo_is_brought_to_the_side_that_is_asked_for() -> None:
    photo = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 10, 10)).save(photo, "JPEG")

    pixels = pixels_of(photo.getvalue(), side=8)

    assert pixels.shape == (8, 8, 3)
    assert pixels[..., 0].min() > 150 > 60 > pixels[..., 1].max()


@pytest.mark.parametrize("is_packed", [True, False])
def test_real_files_are_found_unpacked_or_packed(tmp_path: Path, *, is_packed: bool) -> None:
    if is_packed:
        write_zip(tmp_path / "food-11.zip", [("food-11/a/2.PNG", b"two"), ("food-11/a/1.png", b"one")])
    else:
        (tmp_path / "food-11" / "a").mkdir(parents=True)
        (tmp_path / "food-11" / "a" / "1.png").write_bytes(b"one")
        (tmp_path / "food-11" / "a" / "2.PNG").write_bytes(b"two")

    files = RealFiles(tmp_path, "food-11")

    assert files.below("a/", ".png", ".jpg") == ["food-11/a/1.png", "food-11/a/2.PNG"]
    assert files.read("food-11/a/2.PNG") == b"two"


def test_a_folder_without_the_files_says_what_is_there_and_what_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()

    with pytest.raises(SourceProblems, match=r"Neither the folder food-11 nor food-11\.zip.*notes\.txt"):
        RealFiles(tmp_path, "food-11")
    (tmp_path / "food-11").mkdir()
    with pytest.raises(SourceProblems, match=r"There is no \*\.png below food-11/a"):
        RealFiles(tmp_path, "food-11").below("a", ".png")


def test_missing_files_are_named_together(tmp_path: Path) -> None:
    (tmp_path / "there.csv").touch()
    names = ["there.csv", *(f"{number}.csv" for number in range(7))]

    with pytest.raises(SourceProblems, match=r"0\.csv, 1\.csv, .* and 2 more not found; there is there\.csv"):
        require_files(tmp_path, names)
    with pytest.raises(SourceProblems, match="there is no such folder"):
        require_files(tmp_path / "nowhere", ["a.csv"])
