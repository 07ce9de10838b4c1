"""What homework 9 promises: importances that are exact, and a network that can be read off its files."""

import io
import zipfile
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from baselines.build import KEY, SAMPLE
from baselines.expected import read_expected
from baselines.files import SourceProblems, pixels_of, png, write_zip
from baselines.homework import HOMEWORKS, homework_named, load_script
from baselines.measure import read_key
from grader.grade import Grade, grade
from tests.support.homeworks import built

FOLDER = HOMEWORKS / "hw09_explain"
TILES = 36


@pytest.fixture(scope="module")
def data() -> Path:
    return built("hw09_explain")


@pytest.fixture(scope="module")
def network(data: Path) -> dict[str, np.ndarray]:
    with np.load(data / "public" / "network.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope="module")
def pictures(data: Path) -> np.ndarray:
    with zipfile.ZipFile(data / "public" / "images.zip") as archive:
        return np.stack([pixels_of(archive.read(f"images/{image}.png")) for image in range(300)])


@pytest.fixture(scope="module")
def images(data: Path) -> pd.DataFrame:
    return pd.read_csv(data / "public" / "images.csv")


@pytest.fixture(scope="module")
def values(data: Path) -> np.ndarray:
    """The true importances, (pictures, tiles), in percent of all votes."""
    return pd.read_csv(data / KEY)["Importance"].to_numpy().reshape(-1, TILES)


def share(network: dict[str, np.ndarray], pictures: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Each class's share of the votes, by loops that follow the page's words; pictures in 0 to 1."""
    padded = np.zeros((len(pictures), 8, 8, len(network["0.bias"])))
    for row in range(6):
        for column in range(6):
            tile = pictures[:, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
            scores = np.einsum("nhwc,ochw->no", tile, network["0.weight"]) + network["0.bias"]
            padded[:, row + 1, column + 1] = np.maximum(scores, 0)
    total = np.zeros(len(pictures))
    for row in range(6):
        for column in range(6):
            window = padded[:, row : row + 3, column : column + 3]
            units = np.maximum(np.einsum("nhwc,ochw->no", window, network["2.weight"]) + network["2.bias"], 0)
            powers = np.exp(units @ network["4.weight"][:, :, 0, 0].T + network["4.bias"])
            total += powers[np.arange(len(pictures)), classes] / powers.sum(axis=1)
    return total / TILES


def test_the_page_tells_how_the_network_votes(
    network: dict[str, np.ndarray], pictures: np.ndarray, images: pd.DataFrame
) -> None:
    shares = share(network, pictures / 255, images["class"].to_numpy())

    assert np.allclose(shares, images["share"], atol=1e-5)


def test_the_importances_of_a_picture_add_up_to_what_it_changes(
    network: dict[str, np.ndarray], images: pd.DataFrame, values: np.ndarray
) -> None:
    blank = np.broadcast_to(network["baseline"], (len(images), 24, 24, 3))

    change = images["share"] - share(network, blank, images["class"].to_numpy())

    assert np.allclose(values.sum(axis=1), 100 * change, atol=2e-3)


def test_the_importances_are_the_mean_gain_over_all_orders(network: dict[str, np.ndarray]) -> None:
    script = load_script(FOLDER / "data.py")
    rng = np.random.default_rng(3)
    tiles = rng.uniform(0, 1, (1, 2, 3, 48)).astype(np.float32)  # a picture of six tiles: 720 orders
    ground = np.repeat(network["baseline"], 16)
    worth = {}
    for case in range(64):
        present = [case >> place & 1 for place in range(6)]
        coalition = np.where(np.array(present).reshape(1, 2, 3, 1), tiles, ground)
        votes = script.votes_of(coalition, script.as_matrices(network))[0]
        worth[case] = float(votes[..., 2].mean())
    gains = np.zeros(6)
    for order in permutations(range(6)):
        case = 0
        for place in order:
            gains[place] += (worth[case | 1 << place] - worth[case]) / 720
            case |= 1 << place

    exact = script.shapley(network, tiles, np.array([2]))[0]

    assert np.allclose(exact, gains, atol=1e-7)
    assert np.abs(gains).max() > 1e-4


def test_a_picture_is_public_or_private_as_a_whole(data: Path) -> None:
    usage = pd.read_csv(data / KEY)["Usage"].to_numpy().reshape(-1, TILES)

    assert all(len(set(row)) == 1 for row in usage)
    assert (usage[:, 0] == "Public").sum() == 150


def test_no_picture_is_there_twice(pictures: np.ndarray) -> None:
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)


def test_flowers_catch_the_eye_and_say_nothing(pictures: np.ndarray, values: np.ndarray) -> None:
    script = load_script(FOLDER / "data.py")
    colours = np.concatenate([script.COLOURS, script.GARNISH])
    far = np.abs(pictures[:, :, :, None].astype(int) - colours).sum(axis=-1)  # (pictures, 24, 24, 7)
    kind = np.where(far.min(axis=-1) < 70, far.argmin(axis=-1), len(colours))
    areas = [(kind == one).reshape(-1, 6, 4, 6, 4).sum(axis=(2, 4)).reshape(-1, TILES) for one in range(7)]
    ingredient, flower = np.max(areas[:5], axis=0) >= 8, np.max(areas[5:], axis=0) >= 8  # half of the tile

    worth = [np.abs(values[of_kind]).mean() for of_kind in (flower, ingredient)]

    assert min(flower.sum(), ingredient.sum()) > 500
    assert worth[0] < worth[1] / 8


def tile_colours(pictures: np.ndarray) -> np.ndarray:
    """(pictures, tiles, 3): the mean colour of each tile."""
    return pictures.reshape(-1, 6, 4, 6, 4, 3).mean(axis=(2, 4)).reshape(-1, TILES, 3)


def scored(data: Path, importances: np.ndarray) -> Grade:
    """Grade importances (pictures, tiles)."""
    table = pd.read_csv(data / SAMPLE).assign(Importance=importances.ravel())
    return grade(table.to_csv(index=False).encode(), read_key(homework_named("hw09_explain"), data))


def attempts(data: Path, pictures: np.ndarray) -> dict[str, np.ndarray]:
    """Importances, (pictures, tiles), that nobody computed from the network."""
    with np.load(data / "public" / "network.npz") as file:
        baseline = 255 * file["baseline"]
    colours = tile_colours(pictures)
    middle = -np.hypot(*(np.indices((6, 6)) - 2.5)).ravel()
    return {
        "colour": np.linalg.norm(colours - baseline, axis=2),
        "contrast": pictures.reshape(-1, 6, 4, 6, 4, 3).std(axis=(2, 4, 5)).reshape(-1, TILES),
        "middle": np.tile(middle, (len(pictures), 1)),
        "corner": np.tile(np.arange(TILES) == TILES - 1, (len(pictures), 1)).astype(float),
        "order": np.arange(len(pictures) * TILES, dtype=float).reshape(-1, TILES),
    }


@pytest.mark.parametrize("attack", ["middle", "corner", "order"])
def test_an_attack_that_does_not_look_stays_below_simple(
    data: Path, pictures: np.ndarray, attack: str
) -> None:
    scores, tiers = (
        scored(data, attempts(data, pictures)[attack]),
        read_expected(homework_named("hw09_explain")),
    )

    for half in ("public", "private"):
        simple, medium = (min(getattr(tiers[tier], half)) for tier in ("simple", "medium"))
        assert getattr(scores, half) < simple - (medium - simple) / 4


@pytest.mark.parametrize("attack", ["colour", "contrast"])
def test_an_attack_that_looks_at_the_picture_alone_stays_far_below_medium(
    data: Path, pictures: np.ndarray, attack: str
) -> None:
    scores, tiers = (
        scored(data, attempts(data, pictures)[attack]),
        read_expected(homework_named("hw09_explain")),
    )

    for half in ("public", "private"):
        simple, medium = (min(getattr(tiers[tier], half)) for tier in ("simple", "medium"))
        assert getattr(scores, half) < medium - (medium - simple) / 2


def test_who_uses_what_a_window_sees_is_above_the_boss(data: Path) -> None:
    homework, script = homework_named("hw09_explain"), load_script(FOLDER / "data.py")
    script.build_from(data / "public", data / "again", seed=4)

    ours = np.sort(pd.read_csv(data / KEY)["Importance"])
    importances_again = np.sort(pd.read_csv(data / "again" / KEY)["Importance"])

    assert np.allclose(ours, importances_again, atol=2e-6)
    assert max(read_expected(homework)["boss"].private) < 0.9999


def test_a_courses_own_network_may_have_other_sizes(tmp_path: Path) -> None:
    script = load_script(FOLDER / "data.py")
    rng = np.random.default_rng(0)
    shapes = {"0.weight": (5, 3, 8, 8), "2.weight": (7, 5, 3, 3), "4.weight": (4, 7, 1, 1)}
    weights = {name: rng.normal(0, 0.2, shape).astype(np.float32) for name, shape in shapes.items()}
    weights |= {name.replace("weight", "bias"): np.zeros(len(each)) for name, each in weights.items()}
    np.savez(tmp_path / "network.npz", baseline=np.full(3, 0.5), **weights)
    noise = rng.integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
    write_zip(tmp_path / "images.zip", ((f"images/cat{i}.png", png(noise[i])) for i in range(40)))

    script.build_from(tmp_path, tmp_path / "out", seed=1)

    key = pd.read_csv(tmp_path / "out" / KEY)
    assert len(key) == 40 * 16
    assert key["Importance"].std() > 0


def test_a_source_that_cannot_be_used_is_told_what_is_wrong(data: Path, tmp_path: Path) -> None:
    script = load_script(FOLDER / "data.py")
    with pytest.raises(SourceProblems, match=r"network\.npz not found"):
        script.build_from(tmp_path, tmp_path / "out", seed=1)
    (tmp_path / "network.npz").write_bytes((data / "public" / "network.npz").read_bytes())
    with pytest.raises(SourceProblems, match=r"images\.zip"):
        script.build_from(tmp_path, tmp_path / "out", seed=1)
    picture = png(np.zeros((30, 30, 3), dtype=np.uint8))
    write_zip(tmp_path / "images.zip", [("images/0.png", picture), ("images/1.png", picture)])

    with pytest.raises(SourceProblems) as raised:
        script.build_from(tmp_path, tmp_path / "out", seed=1)

    assert len(raised.value.problems) == 2
    assert "30 x 30 pixels" in str(raised.value)
    assert "2 pictures" in str(raised.value)


def test_a_network_of_another_form_is_told_what_is_wrong(
    network: dict[str, np.ndarray], data: Path, tmp_path: Path
) -> None:
    script = load_script(FOLDER / "data.py")
    (tmp_path / "images.zip").write_bytes((data / "public" / "images.zip").read_bytes())
    changed = network | {"2.weight": network["2.weight"][:, :3], "baseline": 255 * network["baseline"]}
    file = io.BytesIO()
    np.savez(file, **changed)
    (tmp_path / "network.npz").write_bytes(file.getvalue())

    with pytest.raises(SourceProblems) as raised:
        script.build_from(tmp_path, tmp_path / "out", seed=1)

    assert len(raised.value.problems) == 2
    assert "2.weight in network.npz has the shape (24, 3, 3, 3), expected (24, 16, 3, 3)" in str(raised.value)
    assert "between 0 and 1" in str(raised.value)
