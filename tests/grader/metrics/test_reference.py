"""The grader and a slow, obvious reader give every file, however strange, the same verdict and values."""

from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.answer_keys.answer_key import AnswerKey
from grader.spec import GradingSpec
from tests.grader.cases import written
from tests.grader.reading.almost_valid import (
    BAD_NUMBERS,
    GOOD_NUMBERS,
    disagreements,
    expected_outcome,
    outcome,
)


@pytest.mark.parametrize(
    "seed", [0, 1, 2, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 8))]
)
def test_the_grader_agrees_with_the_slow_reader(seed: int) -> None:
    outcomes = Counter[str]()

    assert disagreements(500, seed, outcomes) == []
    assert min(outcomes["valid"], outcomes["invalid"]) > 50, (
        "the files are too good, or too bad, to prove anything"
    )


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
