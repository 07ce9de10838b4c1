"""Several true translations of a row: the key has them in one field, with a separator between."""

import math
from collections import Counter

import numpy as np
import pytest

from grader import score
from grader.errors import InvalidAnswerKey

WORDS = ["the", "cat", "sat", "on", "a", "mat", "big", "old"]


def drawn(seed: int) -> tuple[list[list[str]], list[str]]:
    """One to three references a row, and a text that is like one of them."""
    rng = np.random.default_rng(seed)
    references = [
        [" ".join(rng.choice(WORDS, rng.integers(4, 10))) for _ in range(rng.integers(1, 4))]
        for _ in range(20)
    ]
    texts = []
    for row in references:
        words = str(rng.choice(row)).split()
        texts.append(" ".join(str(rng.choice(WORDS)) if rng.random() < 0.2 else word for word in words))
    return references, texts


def grams(text: str, size: int) -> Counter[tuple[str, ...]]:
    """Every stretch of so many words."""
    words = text.split()
    return Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))


def bleu_by_its_formula(references: list[list[str]], texts: list[str]) -> float:
    """Papineni 2002: clipped by the reference with most of each n-gram, and as long as the nearest one."""
    logs = 0.0
    for size in range(1, 5):
        right = total = 0
        for row, text in zip(references, texts, strict=True):
            most: Counter[tuple[str, ...]] = Counter()
            for reference in row:
                most |= grams(reference, size)
            right += (grams(text, size) & most).total()
            total += grams(text, size).total()
        logs += math.log(right / total)
    lengths = [len(text.split()) for text in texts]
    nearest = [
        min((abs(len(each.split()) - length), len(each.split())) for each in row)[1]
        for row, length in zip(references, lengths, strict=True)
    ]
    return 100 * math.exp(min(0.0, 1 - sum(nearest) / sum(lengths)) + logs / 4)


@pytest.mark.parametrize("seed", range(5))
def test_bleu_of_several_references_is_that_of_its_formula(seed: int) -> None:
    references, texts = drawn(seed)

    ours = score(["|".join(row) for row in references], texts, "bleu", separator="|")

    assert ours == pytest.approx(bleu_by_its_formula(references, texts))


@pytest.mark.parametrize(("metric", "best"), [("bleu", 100.0), ("chrf", 100.0), ("ter", 0.0)])
def test_one_of_several_references_is_enough(metric: str, best: float) -> None:
    references, _ = drawn(9)
    truth, last = ["#".join(row) for row in references], [row[-1] for row in references]

    assert score(truth, last, metric, separator="#") == pytest.approx(best)
    assert score(truth, last, metric) != pytest.approx(best)


@pytest.mark.parametrize("metric", ["bleu", "chrf", "ter"])
def test_the_same_reference_twice_is_one(metric: str) -> None:
    references, texts = drawn(10)
    once, twice = [row[0] for row in references], [f"{row[0]}#{row[0]}" for row in references]

    assert score(twice, texts, metric, separator="#") == pytest.approx(score(once, texts, metric))


def test_a_reference_without_words_is_refused_with_the_key() -> None:
    with pytest.raises(InvalidAnswerKey, match="without words between two separators"):
        score(["a b c d#", "a b c d"], ["a", "b"], "bleu", separator="#")
