"""The grader and a slow, obvious reader give every file, however strange, the same verdict and values."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.answer_key import AnswerKey
from grader.errors import InvalidSubmission
from grader.fields import LABEL
from grader.grade import grade
from grader.metrics import METRICS, Columns
from grader.spec import GradingSpec
from tests.grader import reference
from tests.grader.cases import ORACLES, written

KINDS_OF_IDS = {
    "dense": ["7", "8", "9", "10", "11", "12"],
    "from zero": ["0", "1", "2", "3", "4", "5"],
    "sparse": ["0", "7", "70", "700", "7000000", "16"],
    "padded": ["007", "008", "009", "010", "011", "7"],
    "names": ["a", "b ", "img_1.jpg", "é", "7.0", "007"],
    "one width": ["img_0001", "img_0002", "img_0003", "img_0010", "img_0011", "img_0012"],
}
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
SPELLINGS_OF_IDS = [
    str, str, str, str, str, str, str, str, str, str, str, str, str, str, str, str, str, str, str, str,
    lambda x: f'"{x}"', lambda x: "0" + x, lambda x: "+" + x, lambda x: "-" + x, lambda x: f" {x}", lambda x:
    f"{x} ",
    lambda x: x + ".0", lambda x: x + "e0", lambda x: x.lstrip("0"), lambda x: f'"{x}', lambda x: f'{x}"',
    lambda x: f"\t{x}", lambda x: x + "\0", lambda x: x.translate(FULL_WIDTH), lambda x: "7", lambda x: "10",
    lambda x: "", lambda x: x + "\n", lambda x: f'"{x}\n"', lambda x: "0x7", lambda x: "0x10", lambda x:
    f'"{x}"x',
    lambda x: x.upper(), lambda x: x + ",", lambda x: "\u2028" + x, lambda x: "9" * 25,
]  # fmt: skip
GOOD_NUMBERS = [
    "0",
    "1",
    "0.5",
    "1.0",
    ".5",
    "1.",
    "0.25",
    "1e-3",
    "0.1E0",
    "+0.5",
    "-0",
    "00.5",
    "0.123456789012345678",
]
BAD_NUMBERS = [
    "", " 0.5", "0.5 ", "\t0.5", "1_000", "nan", "NaN", "-nan", "inf", "Infinity", "1e400", "-1e400",
    "0x1p3", "0x1", "1,5", '"0.5"', '" 0.5"', "0.5f", "1d0",
    "０.５", "e5", "1e", ".", "+", "-", "--1", "1.2.3",
    "None", "0.5\0", "1.5", "\u00a00.5", "1e-400", "1e101", "-0.5", '"0,5"', '"0.5',
]  # fmt: skip
LABELS = [
    "0",
    "1",
    "1",
    "0",
    "2",
    "17",
    '"1"',
    "01",
    "1.0",
    " 1",
    "",
    "-1",
    "cat",
    "+1",
    "1_0",
    "1\0",
    "１",
    '"1"x',
    "-0",
]


def outcome(data: bytes, key: AnswerKey) -> tuple[float, float] | str:
    """The two scores, or the word 'invalid'."""
    try:
        result = grade(data, key)
    except InvalidSubmission:
        return "invalid"
    return result.public, result.private


def expected_outcome(data: bytes, key: AnswerKey, truth: list[str]) -> tuple[float, float] | str:
    """The same by the slow reader."""
    ids = key.layout.ids.ids.to_pylist()
    metric = key.metric
    try:
        found = reference.read(data, columns=["id", "y"], ids=ids)
        texts = [found[name][0] for name in ids]
        if metric.answers == LABEL:
            both = np.array([[reference.whole_label(t) for t in texts], truth])
            _, codes = np.unique(both, return_inverse=True)
            predictions, answers = codes.reshape(2, -1)
        else:
            rule = key.layout.rules[0]
            values = [reference.number(t, lowest=rule.lowest, highest=rule.highest) for t in texts]
            predictions, answers = np.array(values), np.array(truth, dtype=float)
            if metric.columns is Columns.MANY:
                predictions, answers = predictions[:, None], answers[:, None]
    except reference.Refused:
        return "invalid"
    return metric.function(answers[:3], predictions[:3]), metric.function(answers[3:], predictions[3:])


@st.composite
def almost_valid_files(draw: st.DrawFn, ids: list[str], values: list[str]) -> bytes:
    """A file that is nearly a submission: a few fields, rows or line ends are spelt in an unusual way."""
    rows = [["id", "y"]]
    for name in draw(st.permutations(ids)):
        spell = draw(st.sampled_from(SPELLINGS_OF_IDS))
        rows.append([spell(name), draw(st.sampled_from(values))])
    change = draw(
        st.sampled_from(["none"] * 12 + ["swap", "repeat", "drop", "blank", "blanks at end", "long", "short"])
    )
    at = draw(st.integers(1, len(ids)))
    match change:
        case "swap":
            rows = [row[::-1] for row in rows]
        case "repeat":
            rows.insert(at, rows[-1])
        case "drop":
            del rows[at]
        case "blank":
            rows.insert(at, [""])
        case "blanks at end":
            rows += [[""], [""]]
        case "long":
            rows[at] = [*rows[at], "1"]
        case "short":
            rows[at] = rows[at][:1]
    data = written(rows, draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"])))
    data = data.rstrip() if draw(st.integers(0, 5)) == 0 else data
    if draw(st.integers(0, 40)) == 0:
        place = draw(st.integers(0, len(data)))
        data = (
            data[:place]
            + draw(st.sampled_from([b"\xff", b"\0", b'"', b"\n", b"\r", b",", b" "]))
            + data[place:]
        )
    return data


@pytest.mark.parametrize("metric", ORACLES)
@pytest.mark.parametrize("kind", KINDS_OF_IDS)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_the_grader_agrees_with_the_slow_reader(metric: str, kind: str, data: st.DataObject) -> None:
    ids = KINDS_OF_IDS[kind]
    truth = ["0", "1", "0", "1", "1", "0"]
    rows = [
        [name, value, word]
        for name, value, word in zip(ids, truth, ["Public"] * 3 + ["Private"] * 3, strict=True)
    ]
    key = AnswerKey.from_csv(written([["id", "y", "Usage"], *rows]), GradingSpec(metric, "id", ("y",)))
    usual = LABELS if METRICS[metric].predictions == LABEL else [*GOOD_NUMBERS * 9, *BAD_NUMBERS]
    file = data.draw(almost_valid_files(ids, usual if data.draw(st.booleans()) else ["0", "1"]))

    assert outcome(file, key) == expected_outcome(file, key, truth)


@given(
    texts=st.lists(
        st.sampled_from(["7", "07", "007", "+7", "-7", " 7", "7 ", "7.0", "0x7", "8", "10", "010", "9"]),
        max_size=5,
    )
)
@example(texts=["07", "8", "9", "1"])
@settings(max_examples=60, deadline=None)
def test_only_canonical_text_is_a_dense_whole_number(texts: list[str]) -> None:
    ids = ["7", "8", "9", "10"]
    rows = [[name, "0.5", word] for name, word in zip(ids, ["Public", "Private"] * 2, strict=True)]
    key = AnswerKey.from_csv(written([["id", "y", "Usage"], *rows]), GradingSpec("mae", "id", ("y",)))

    result = outcome(written([["id", "y"], *([text, "0.5"] for text in texts)]), key)

    assert (result == (0.0, 0.0)) == (sorted(texts) == sorted(ids))


@pytest.mark.parametrize("text", [*GOOD_NUMBERS, *BAD_NUMBERS])
@pytest.mark.parametrize("metric", ["mae", "roc_auc", "log_loss"])
def test_every_spelling_of_a_number_is_judged_alike(metric: str, text: str) -> None:
    truth = ["0", "1", "0", "1", "0", "1"]
    rows = [[str(n), value, "Public" if n < 3 else "Private"] for n, value in enumerate(truth)]
    key = AnswerKey.from_csv(written([["id", "y", "Usage"], *rows]), GradingSpec(metric, "id", ("y",)))
    file = written([["id", "y"], *([str(n), "0.5"] for n in range(5)), ["5", text]])

    assert outcome(file, key) == expected_outcome(file, key, truth)
