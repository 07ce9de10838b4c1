"""What homework 13 promises: the upload is a network, it is weighed, and it is run on pictures nobody has."""

import hashlib
import zipfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from baselines.build import KEY
from baselines.expected import read_expected
from baselines.files import SourceProblems, pixels_of, png
from baselines.homework import Homework, homework_named, load_script
from baselines.measure import read_key
from grader.errors import InvalidSubmission
from grader.grade import AnyAnswerKey, Grade, grade
from tests.support.homeworks import built

CONV = {"kind": "conv", "out": 4, "size": 3, "relu": True}
ENDING = [{"kind": "mean"}, {"kind": "linear", "out": 11}]


@pytest.fixture(scope="module")
def hw13() -> Homework:
    return homework_named("hw13_tinynet")


@pytest.fixture(scope="module")
def data() -> Path:
    return built("hw13_tinynet")


@pytest.fixture(scope="module")
def key(hw13: Homework, data: Path) -> AnyAnswerKey:
    return read_key(hw13, data)


@pytest.fixture(scope="module")
def tinynet(data: Path) -> ModuleType:
    return load_script(data / "public" / "tinynet.py")


def upload(tinynet: ModuleType, layers: list[dict[str, object]], arrays: list[np.ndarray]) -> bytes:
    table: pd.DataFrame = tinynet.rows(tinynet.pack(layers, arrays))
    return table.to_csv(index=False).encode()


def colour_network(rng: np.random.Generator) -> list[np.ndarray]:
    """Numbers for [CONV, *ENDING], drawn at random."""
    shapes = [(3, 3, 3, 4), (4,), (4, 11), (11,)]
    return [rng.normal(size=shape) for shape in shapes]


def is_far_below_simple(scores: Grade, homework: Homework) -> bool:
    known = read_expected(homework)
    halves = [(scores.public, known["simple"].public), (scores.private, known["simple"].private)]
    return all(score < 2 / 3 * min(simple) for score, simple in halves)


def test_the_judge_and_the_student_run_the_same_code(hw13: Homework, data: Path) -> None:
    ours, student_copy = hw13.folder / "metric.py", data / "public" / "tinynet.py"

    assert ours.read_bytes() == student_copy.read_bytes()


def test_no_hidden_picture_is_in_a_public_file(data: Path) -> None:
    rows = pd.read_csv(data / KEY)
    metric = load_script(data / "public" / "tinynet.py")
    hidden, labels = metric._hidden(rows)
    with zipfile.ZipFile(data / "public" / "food11-hw13.zip") as archive:
        public = {
            hashlib.sha256(pixels_of(archive.read(name)).tobytes()).digest() for name in archive.namelist()
        }

    digests = [hashlib.sha256(np.rint((p + 1) * 127.5).astype(np.uint8).tobytes()).digest() for p in hidden]

    assert len(public) == 330 + 110 + 1320
    assert len(set(digests)) == 2200
    assert not public & set(digests)
    assert np.bincount(labels).tolist() == [200] * 11


def test_each_half_of_the_rows_holds_every_piece(data: Path) -> None:
    rows = pd.read_csv(data / KEY)

    pairs = rows["Usage"].to_numpy().reshape(64, 2)

    assert all(set(pair) == {"Public", "Private"} for pair in pairs)
    assert 10 < (pairs[:, 0] == "Public").sum() < 54  # which of the two it is, chance decides


def test_a_packed_network_gives_the_scores_of_the_one_it_was_made_of(tinynet: ModuleType) -> None:
    torch = pytest.importorskip("torch", reason="the comparison is with torch, which is not installed")
    rng = np.random.default_rng(0)
    layers = [
        {"kind": "conv", "out": 5, "size": 3, "relu": True},
        {"kind": "maxpool"},
        {"kind": "depthwise", "size": 3, "relu": True},
        {"kind": "conv", "out": 5, "size": 1, "relu": True, "add": 2},
        *ENDING,
    ]
    shapes = [(3, 3, 3, 5), (5,), (3, 3, 5), (5,), (1, 1, 5, 5), (5,), (5, 11), (11,)]
    arrays = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    pictures = rng.uniform(-1, 1, (3, 12, 12, 3)).astype(np.float32)

    unpacked_layers, numbers = tinynet.unpack(tinynet.pack(layers, arrays))
    ours = tinynet.run(tinynet.build(unpacked_layers, numbers, side=12), pictures)

    t = [torch.from_numpy(array) for array in arrays]
    conv, relu = torch.nn.functional.conv2d, torch.relu
    x = relu(conv(torch.from_numpy(pictures).permute(0, 3, 1, 2), t[0].permute(3, 2, 0, 1), t[1], padding=1))
    x = torch.nn.functional.max_pool2d(x, 2)
    deep = relu(conv(x, t[2].permute(2, 0, 1)[:, None], t[3], padding=1, groups=5))
    x = relu(conv(deep, t[4].permute(3, 2, 0, 1), t[5]) + x)
    assert np.allclose(ours, (x.mean(dim=(2, 3)) @ t[6] + t[7]).numpy(), atol=1e-4)


@pytest.mark.parametrize(
    ("layers", "numbers", "words"),
    [
        ([{**CONV, "out": 400}, *ENDING], 15611, "15,611 numbers and may have 6,000"),
        ([CONV, *ENDING], 100, "Layer 1 needs 112 numbers; 100 are left"),
        ([CONV, *ENDING], 168, "1 numbers that no layer uses"),
        ([CONV, {"kind": "mean"}], 112, r"ends with \(4,\)"),
        ([{"kind": "magic"}, *ENDING], 55, "Layer 1 is no layer that there is"),
        ([{"kind": "conv", "out": 0, "size": 3}, *ENDING], 11, "'out' is a whole number from 1"),
        ([{"kind": "conv", "out": 4, "size": 2}, *ENDING], 107, "'size' is odd"),
        ([{**CONV, "add": 1}, *ENDING], 167, "adds an earlier input"),
        ([{"kind": "linear", "out": 11}], 44, "cannot follow what has the shape"),
        ([CONV, *[{"kind": "maxpool"}] * 5, *ENDING], 167, "cannot follow what has the shape"),
        ([{"kind": "depthwise", "size": 1}] * 61, 10, "61 layers; it has 1 to 60"),
        ([{**CONV, "out": 40, "size": 7}, {**CONV, "out": 3}, *ENDING], 7047, "numbers and may"),
    ],
)  # fmt: skip
def test_what_is_no_network_under_the_cap_is_refused_with_the_reason(
    tinynet: ModuleType, key: AnyAnswerKey, layers: list[dict[str, object]], numbers: int, words: str
) -> None:
    file = upload(tinynet, layers, [np.zeros(numbers)])

    with pytest.raises(InvalidSubmission, match=words):
        grade(file, key)


@pytest.mark.parametrize("text", ["hello", "AAAA", "bnVsbA==", "W10A/w=="])
def test_a_text_that_is_no_packed_network_is_refused(key: AnyAnswerKey, text: str) -> None:
    table = pd.DataFrame({"Id": np.arange(128), "Network": text})

    with pytest.raises(InvalidSubmission, match="no packed network"):
        grade(table.to_csv(index=False).encode(), key)


def test_numbers_that_are_not_finite_and_too_much_work_are_refused(tinynet: ModuleType) -> None:
    layers = [{"kind": "conv", "out": 64, "size": 1}, {"kind": "conv", "out": 64, "size": 1}, *ENDING]
    stages = tinynet.build(layers, np.zeros(64 * 4 + 64 * 65 + 65 * 11, dtype=np.float32), side=24)
    diverged = tinynet.pack([CONV, *ENDING], [np.full(167, np.nan)])

    with pytest.raises(tinynet.ParticipantVisibleError, match="not finite"):
        tinynet.unpack(diverged)
    assert sum(stage.work for stage in stages) > 2 * 576 * 64 * 64


def test_the_attack_by_a_constant_or_the_sample_stays_far_below_simple(
    tinynet: ModuleType, hw13: Homework, key: AnyAnswerKey, data: Path
) -> None:
    constant = upload(tinynet, [CONV, *ENDING], [np.zeros(166), np.ones(1)])
    sample = (data / "public" / "sample_submission.csv").read_bytes()

    assert is_far_below_simple(grade(constant, key), hw13)
    assert is_far_below_simple(grade(sample, key), hw13)


def test_the_attack_by_random_networks_or_rows_in_another_order_stays_far_below_simple(
    tinynet: ModuleType, hw13: Homework, key: AnyAnswerKey
) -> None:
    for seed in range(3):
        submission = upload(tinynet, [CONV, *ENDING], colour_network(np.random.default_rng(seed)))
        assert is_far_below_simple(grade(submission, key), hw13)


def test_real_pictures_that_are_too_few_or_misnamed_are_told_together(hw13: Homework, tmp_path: Path) -> None:
    script = load_script(hw13.folder / "data.py")
    for place in ("training", "validation", "evaluation"):
        folder = tmp_path / "food11-hw13" / place
        folder.mkdir(parents=True)
        (folder / "3_1.png").write_bytes(png(np.zeros((4, 4, 3), dtype=np.uint8)))
        (folder / "pizza.png").write_bytes(b"no picture")

    with pytest.raises(SourceProblems, match=r"training/pizza\.png and 1 more.*3 has 2, ") as caught:
        script.build_from(tmp_path, tmp_path / "out", seed=1)

    assert len(caught.value.problems) == 2
