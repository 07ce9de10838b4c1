"""What homework 11 promises of its data: two looks at the same ten things, and labels for one alone."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.neighbors import KNeighborsClassifier

from baselines.build import KEY
from baselines.files import SourceProblems, png, write_zip
from baselines.homework import HOMEWORKS, load_script
from tests.support.homeworks import built

KINDS, PEOPLE = 10, 260
script = load_script(HOMEWORKS / "hw11_adapt" / "data.py")


@pytest.fixture(scope="module")
def data() -> Path:
    return built("hw11_adapt")


@pytest.fixture(scope="module")
def members(data: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(data / "public" / "real_or_drawing.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def key(data: Path) -> pd.DataFrame:
    return pd.read_csv(data / KEY)


def below(members: dict[str, bytes], folder: str) -> dict[str, bytes]:
    return {name: body for name, body in members.items() if name.startswith(f"real_or_drawing/{folder}/")}


def source_of(folder: Path, *, photos: int, drawings: dict[int, int]) -> Path:
    """Write `photos` photographs of each kind and so many drawings into each folder of test_data."""
    rng = np.random.default_rng(0)
    names = [f"train_data/{kind}/{n}.bmp" for kind in range(KINDS) for n in range(photos)]
    names += [f"test_data/{kind}/{n:05d}.bmp" for kind, count in drawings.items() for n in range(count)]
    members = []
    for name in names:
        shape = (32, 32, 3) if name.startswith("train") else (28, 28)
        file = io.BytesIO()
        Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(file, "BMP")
        members.append((f"real_or_drawing/{name}", file.getvalue()))
    write_zip(folder / "real_or_drawing.zip", members)
    return folder


def problems_of(source: Path, out: Path) -> str:
    with pytest.raises(SourceProblems) as caught:
        script.build_from(source, out, seed=1)
    return str(caught.value)


def test_the_zip_has_the_real_layout(members: dict[str, bytes]) -> None:
    photo = Image.open(io.BytesIO(members["real_or_drawing/train_data/7/0.png"]))
    drawing = Image.open(io.BytesIO(members["real_or_drawing/test_data/0/00000.png"]))

    assert (photo.size, photo.mode) == ((32, 32), "RGB")
    assert (drawing.size, drawing.mode) == ((28, 28), "L")
    assert len(below(members, "train_data")) == 2000
    assert sorted(below(members, "test_data")) == [
        f"real_or_drawing/test_data/0/{n:05d}.png" for n in range(KINDS * PEOPLE)
    ]


def test_each_half_holds_as_many_drawings_of_each_kind(key: pd.DataFrame) -> None:
    counts = key.groupby(["Usage", "label"]).size()

    assert set(counts) == {PEOPLE // 2}


def test_no_picture_is_there_twice(members: dict[str, bytes]) -> None:
    assert len(set(members.values())) == len(members)


def test_what_one_person_draws_is_public_or_private_as_a_whole(key: pd.DataFrame) -> None:
    # The streams are drawn again as `build` draws them: people first, in tens, then the order of the files.
    children = np.random.SeedSequence(2021).spawn(4)
    order = np.random.default_rng(children[2]).permutation(KINDS * PEOPLE)
    usage = np.empty(KINDS * PEOPLE, dtype=object)
    usage[order] = key["Usage"]

    sides = [set(person) for person in usage.reshape(PEOPLE, KINDS)]

    assert all(len(side) == 1 for side in sides)
    assert sides.count({"Public"}) == PEOPLE // 2


def test_an_attack_by_the_sizes_of_the_files_stays_far_below_simple(
    members: dict[str, bytes], key: pd.DataFrame
) -> None:
    sizes = np.array([[len(body)] for _, body in sorted(below(members, "test_data").items())])
    public = (key["Usage"] == "Public").to_numpy()

    # Even somebody who knew the answers of the public half would learn little from sizes.
    model = KNeighborsClassifier(25).fit(sizes[public], key["label"][public])

    assert model.score(sizes[~public], key["label"][~public]) < 0.2


def test_photographs_held_out_are_made_drawings_where_drawings_have_no_labels(tmp_path: Path) -> None:
    source = source_of(tmp_path / "source", photos=40, drawings={0: 30})

    script.build_from(source, tmp_path / "out", seed=1)

    with zipfile.ZipFile(tmp_path / "out" / "public" / "real_or_drawing.zip") as archive:
        names = archive.namelist()
        drawing = np.asarray(Image.open(io.BytesIO(archive.read("real_or_drawing/test_data/0/00000.png"))))
    assert sum("/train_data/" in name for name in names) == KINDS * 30
    assert sum("/test_data/" in name for name in names) == KINDS * 10
    assert set(np.unique(drawing)) == {0, 255}


def test_drawings_with_labels_become_the_test_and_all_photographs_stay(tmp_path: Path) -> None:
    source = source_of(tmp_path / "source", photos=20, drawings=dict.fromkeys(range(KINDS), 24))

    script.build_from(source, tmp_path / "out", seed=1)

    key = pd.read_csv(tmp_path / "out" / KEY)
    with (
        zipfile.ZipFile(source / "real_or_drawing.zip") as source_archive,
        zipfile.ZipFile(tmp_path / "out" / "public" / "real_or_drawing.zip") as public_archive,
    ):
        first = script.pixels_of(
            public_archive.read("real_or_drawing/test_data/0/00000.png"), mode="L"
        ).tobytes()
        same = [
            n
            for n in source_archive.namelist()
            if script.pixels_of(source_archive.read(n), mode="L").tobytes() == first
        ]
    assert set(key.groupby(["Usage", "label"]).size()) == {12}
    assert same[0].split("/")[2] == str(key["label"][0])


def test_all_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    source = source_of(tmp_path / "source", photos=5, drawings={0: 30, 4: 30})

    message = problems_of(source, tmp_path / "out")

    assert "real_or_drawing/train_data/0 holds 5 pictures; at least 20 are needed" in message
    assert "real_or_drawing/train_data/9 holds 5 pictures" in message
    assert "no pictures of 1, 2, 3, 5, 6, 7, 8, 9" in message


def test_a_folder_of_the_wrong_name_is_named(tmp_path: Path) -> None:
    write_zip(tmp_path / "faces.zip", [("faces/1.png", png(np.zeros((4, 4), dtype=np.uint8)))])

    message = problems_of(tmp_path, tmp_path / "out")

    assert "Neither the folder real_or_drawing nor real_or_drawing.zip is there" in message
    assert "faces.zip" in message


def test_the_strong_tier_shares_the_drawings_out_to_the_kinds() -> None:
    torch = pytest.importorskip("torch", reason="the strong tier needs torch, which is not installed")
    strong = load_script(HOMEWORKS / "hw11_adapt" / "strong.py")
    torch.manual_seed(0)
    leaning = (torch.randn(500, KINDS) + torch.linspace(0, 4, KINDS)).softmax(dim=1)  # it loves the last kind

    balanced = strong.balanced(leaning)

    assert torch.allclose(balanced.sum(dim=1), torch.ones(500), atol=1e-4)
    assert torch.allclose(balanced.sum(dim=0), torch.full((KINDS,), 50.0), rtol=0.02)


def test_the_medium_tier_turns_the_sign_of_a_gradient() -> None:
    torch = pytest.importorskip("torch", reason="the medium tier needs torch, which is not installed")
    medium = load_script(HOMEWORKS / "hw11_adapt" / "medium.py")
    features = torch.ones(3, requires_grad=True)

    output = medium.GradientReversal.apply(features, 0.5)
    output.sum().backward()

    assert torch.equal(output, features)
    assert torch.equal(features.grad, torch.full((3,), -0.5))
