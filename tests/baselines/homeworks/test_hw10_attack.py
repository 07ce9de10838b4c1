"""What homework 10 promises: judges that nobody sees, a limit for every byte, and no way around it."""

import base64
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from baselines.build import KEY, SAMPLE
from baselines.expected import read_expected
from baselines.files import SourceProblems, pixels_of, png, write_zip
from baselines.homework import HOMEWORKS, homework_named, load_script
from baselines.measure import read_key
from grader.custom_metrics.sandbox import Sandbox
from grader.errors import InvalidSubmission
from grader.grade import Grade, grade
from tests.support import homeworks

FOLDER = HOMEWORKS / "hw10_attack"
HALVES = ("public", "private")


@pytest.fixture(scope="module")
def data() -> Path:
    return homeworks.built("hw10_attack")


@pytest.fixture(scope="module")
def key(data: Path) -> pd.DataFrame:
    return pd.read_csv(data / KEY)


@pytest.fixture(scope="module")
def pictures(data: Path) -> np.ndarray:
    """The clean pictures, (400, 24, 24, 3), in the order of the ids."""
    table = pd.read_csv(data / "public" / "images.csv")
    return read(data / "public" / "data.zip", table["file"].to_list())


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return homeworks.sandbox()


def read(path: Path, names: list[str] | None = None) -> np.ndarray:
    with zipfile.ZipFile(path) as archive:
        return np.stack([pixels_of(archive.read(name)) for name in names or archive.namelist()])


def submission(pictures: np.ndarray) -> pd.DataFrame:
    texts = [base64.b64encode(picture.tobytes()).decode() for picture in pictures]
    return pd.DataFrame({"Id": np.arange(len(texts)), "pixels": texts})


def graded(data: Path, table: pd.DataFrame, sandbox: Sandbox) -> Grade:
    return grade(
        table.to_csv(index=False).encode(), read_key(homework_named("hw10_attack"), data), sandbox=sandbox
    )


def refusal(data: Path, table: pd.DataFrame, sandbox: Sandbox) -> str:
    with pytest.raises(InvalidSubmission) as raised:
        graded(data, table, sandbox)
    return str(raised.value)


def clipped(pictures: np.ndarray, change: np.ndarray) -> np.ndarray:
    return np.clip(pictures.astype(int) + change, 0, 255).astype(np.uint8)


def test_the_files_have_the_real_layout(data: Path) -> None:
    table = pd.read_csv(data / "public" / "images.csv")
    with zipfile.ZipFile(data / "public" / "data.zip") as archive:
        names = archive.namelist()
    with zipfile.ZipFile(data / "public" / "train.zip") as archive:
        kinds = pd.Series([name.split("/")[1] for name in archive.namelist()])

    assert sorted(table["file"]) == sorted(names)
    assert "data/ball/ball1.png" in names
    assert set(kinds.value_counts()) == {80}
    assert [sorted(set(kinds))[label] for label in table["label"]] == [
        name.split("/")[1] for name in table["file"]
    ]


def test_all_judges_name_the_clean_pictures_rightly(
    data: Path, pictures: np.ndarray, sandbox: Sandbox
) -> None:
    scores = graded(data, submission(pictures), sandbox)

    assert (scores.public, scores.private) == (1.0, 1.0)


def test_each_half_of_the_key_has_all_pieces_on_lines_short_enough(data: Path, key: pd.DataFrame) -> None:
    script = load_script(FOLDER / "metric.py")

    halves = [script.unpacked(key[key["Usage"] == side]) for side in ("Public", "Private")]

    assert len({len(half) for half in halves}) == 1
    assert all(np.array_equal(halves[0][name], halves[1][name]) for name in halves[0])
    assert max(map(len, (data / KEY).read_bytes().splitlines())) < 16_384


def test_a_byte_too_far_is_named_with_its_row_in_either_half(
    data: Path, key: pd.DataFrame, pictures: np.ndarray, sandbox: Sandbox
) -> None:
    for side in ("Public", "Private"):
        row = int(key[key["Usage"] == side]["Id"].iloc[7])
        changed = pictures.copy()
        changed[row, 5, 6, 2] = (
            changed[row, 5, 6, 2] + 9 if changed[row, 5, 6, 2] < 128 else changed[row, 5, 6, 2] - 9
        )

        message = refusal(data, submission(changed), sandbox)

        assert f"1 pictures differ by more than 8: Id {row}." in message
        assert "is 9 away" in message


def test_eight_away_is_allowed_and_a_byte_does_not_wrap_round(
    data: Path, pictures: np.ndarray, sandbox: Sandbox
) -> None:
    allowed = graded(data, submission(clipped(pictures, np.array(8))), sandbox)
    wrapped, dark = pictures.copy(), tuple(np.argwhere(pictures < 6)[0])
    wrapped[dark] += 250  # 6 below, had it been counted round the clock

    message = refusal(data, submission(wrapped), sandbox)

    assert allowed.public <= 1
    assert f"Id {dark[0]}." in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not base64!", "not base64"),
        ("", "base64"),
        ("AAAA", "wrong length"),
        (base64.b64encode(bytes(24 * 24 * 3 + 1)).decode(), "1729 bytes; a picture is 24 x 24 x 3 = 1728"),
    ],
)
def test_what_is_no_picture_is_named_with_its_row(
    data: Path, pictures: np.ndarray, sandbox: Sandbox, text: str, words: str
) -> None:
    table = submission(pictures)
    table.loc[11, "pixels"] = text

    message = refusal(data, table, sandbox)

    assert words in message
    if text:
        assert "Id 11" in message


def test_no_picture_is_there_twice(data: Path, pictures: np.ndarray) -> None:
    everything = np.concatenate([pictures, read(data / "public" / "train.zip")])

    assert len({picture.tobytes() for picture in everything}) == len(everything)


def attempts(pictures: np.ndarray) -> dict[str, np.ndarray]:
    """Attacked pictures that need no network."""
    rng = np.random.default_rng(5)
    signs = rng.choice([-8, 8], pictures.shape)
    return {
        "constant": clipped(pictures, np.array(8)),
        "random": clipped(pictures, signs),
        "random colour": clipped(pictures, rng.choice([-8, 8], (len(pictures), 1, 1, 3))),
        "one pattern": clipped(pictures, signs[:1]),
        "grey": clipped(pictures, np.clip(128 - pictures.astype(int), -8, 8)),
    }


@pytest.mark.parametrize("name", ["constant", "random", "random colour", "one pattern", "grey"])
def test_an_attack_without_a_network_stays_below_simple(
    data: Path, pictures: np.ndarray, sandbox: Sandbox, name: str
) -> None:
    tiers = read_expected(homework_named("hw10_attack"))

    scores = graded(data, submission(attempts(pictures)[name]), sandbox)

    for half in HALVES:
        simple, medium = getattr(tiers["simple"], half), getattr(tiers["medium"], half)
        assert getattr(scores, half) > max(simple) + (np.mean(simple) - np.mean(medium)) / 4


def test_an_attack_that_copies_the_sample_changes_no_judges_mind(data: Path, sandbox: Sandbox) -> None:
    scores = graded(data, pd.read_csv(data / SAMPLE), sandbox)

    assert (scores.public, scores.private) == (1.0, 1.0)


def test_an_attack_by_the_order_of_the_ids_is_refused(
    data: Path, pictures: np.ndarray, sandbox: Sandbox
) -> None:
    shifted = np.roll(pictures, 1, axis=0)  # the picture before, in place of one's own

    assert "400 pictures" not in refusal(data, submission(pictures[::-1]), sandbox)
    assert "differ by more than 8" in refusal(data, submission(shifted), sandbox)


def test_judges_learn_from_what_is_handed_in_when_the_data_are_a_courses_own(
    data: Path, tmp_path: Path
) -> None:
    load_script(FOLDER / "data.py").build_from(data / "public", tmp_path, seed=3)

    handed_in = {picture.tobytes() for picture in read(data / "public" / "train.zip")}
    handed_out = {picture.tobytes() for picture in read(tmp_path / "public" / "train.zip")}
    assert handed_out < handed_in
    assert len(handed_out) == 400


def test_pictures_that_cannot_be_used_are_told_what_is_wrong(tmp_path: Path) -> None:
    small, large = (png(np.zeros((side, side, 3), dtype=np.uint8)) for side in (24, 32))
    write_zip(tmp_path / "train.zip", [(f"train/cat/{i}.png", small) for i in range(3)])
    write_zip(tmp_path / "data.zip", [("data/dog/1.png", large)])

    with pytest.raises(SourceProblems) as raised:
        load_script(FOLDER / "data.py").build_from(tmp_path, tmp_path / "out", seed=1)

    assert len(raised.value.problems) == 4
    for words in ("classes dog", "1 class", "cat (3)", "24 x 24, 32 x 32"):
        assert words in str(raised.value)
