"""Proofs of the metrics of translations, summaries, answers and entities."""

import math
import re
from collections import Counter
from collections.abc import Callable

import jiwer
import numpy as np
import seqeval.metrics
from rouge_score.rouge_scorer import RougeScorer

from tests.grader.metrics.proofs.proof import Edge, ExpectedRefusal, Proof, Row, Trial
from tests.grader.metrics.proofs.text import EMPTY_KEY, first, mean

WORDS = ["a", "ab", "cat", "the", "sat", "Dog", "on", "x1", "mat"]


def sentences(rng: np.random.Generator, rows: int) -> Trial:
    """Four to nine words a row; an upload in which words are changed, left out and put in."""
    truth = [[" ".join(rng.choice(WORDS, rng.integers(4, 10)))] for _ in range(rows)]
    predictions = []
    for (text,) in truth:
        words = [str(rng.choice(WORDS)) if rng.random() < 0.3 else word for word in text.split()]
        predictions.append([" ".join(words[: rng.integers(1, 10)])])
    return Trial(truth, predictions, truth)


def typos(rng: np.random.Generator, rows: int) -> Trial:
    """Different words in their order, some unknown and some left out, so that no shift helps."""
    truth, predictions = [], []
    for _ in range(rows):
        words = [str(word) for word in rng.permutation(WORDS)[: rng.integers(4, 9)]]
        truth.append([" ".join(words)])
        typo_words = ["zzz" if rng.random() < 0.3 else word for word in words]
        predictions.append([" ".join(typo_words[: rng.integers(1, 10)])])
    return Trial(truth, predictions, truth)


def grams(items: list[str] | str, size: int) -> Counter[tuple[str, ...]]:
    """Every stretch of so many items."""
    return Counter(tuple(items[at : at + size]) for at in range(len(items) - size + 1))


def corpus_bleu(truth: list[Row], predictions: list[Row]) -> float:
    """BLEU by its formula, with exponential smoothing, for texts of plain words."""
    pairs = [(a.split(), b.split()) for a, b in zip(first(truth), first(predictions), strict=True)]
    logs, smooth = 0.0, 1.0
    for size in range(1, 5):
        right = sum((grams(a, size) & grams(b, size)).total() for a, b in pairs)
        predicted_grams = sum(grams(b, size).total() for _, b in pairs)
        if not predicted_grams:
            return 0.0
        if not right:
            smooth *= 2
        logs += math.log(right / predicted_grams if right else 1 / (smooth * predicted_grams))
    true, predicted_grams = sum(len(a) for a, _ in pairs), sum(len(b) for _, b in pairs)
    return 100 * math.exp(min(0.0, 1 - true / predicted_grams) + logs / 4)


def corpus_chrf(truth: list[Row], predictions: list[Row]) -> float:
    """chrF by its formula: F2 of the mean precision and recall of the orders that both sides have."""
    pairs = [
        (a.replace(" ", ""), b.replace(" ", ""))
        for a, b in zip(first(truth), first(predictions), strict=True)
    ]
    shares = []
    for size in range(1, 7):
        right = sum((grams(a, size) & grams(b, size)).total() for a, b in pairs)
        true_grams, predicted_grams = (
            sum(grams(pair[side], size).total() for pair in pairs) for side in (0, 1)
        )
        if true_grams and predicted_grams:
            shares.append((right / predicted_grams, right / true_grams))
    precision, recall = np.mean(shares, axis=0)
    return float(500 * precision * recall / (4 * precision + recall)) if precision + recall else 0.0


def rouge(name: str) -> Callable[[list[Row], list[Row]], float]:
    """An oracle of rouge-score."""
    return mean(lambda answer, prediction: RougeScorer([name]).score(answer, prediction)[name].fmeasure)


def plain(text: str) -> str:
    """SQuAD's comparison: letter by letter, then word by word."""
    letters = "".join(c for c in text.lower() if re.match(r"[\w\s]|[^\x00-\x7f]", c) and c != "_")
    return " ".join(word for word in letters.split() if word not in ("a", "an", "the"))


def word_f1(answer: str, prediction: str) -> float:
    """F1 of words, one matched word struck out at a time."""
    answer_words, prediction_words, right = plain(answer).split(), plain(prediction).split(), 0
    if not answer_words or not prediction_words:
        return 100.0 * (answer_words == prediction_words)
    left = list(answer_words)
    for word in prediction_words:
        if word in left:
            left.remove(word)
            right += 1
    precision, recall = right / len(prediction_words), right / len(answer_words)
    return 200 * precision * recall / (precision + recall) if right else 0.0


TAGS = ["O", "O", "B-PER", "I-PER", "B-LOC", "I-LOC", "S-LOC", "E-PER"]


def tagged(rng: np.random.Generator, rows: int) -> Trial:
    """No to eight tags a row, loose ones among them."""
    truth = [[" ".join(rng.choice(TAGS, rng.integers(0, 9)))] for _ in range(rows)]
    truth[0] = ["B-PER I-PER O"]
    predictions = [
        [" ".join(tag if rng.random() < 0.8 else str(rng.choice(TAGS)) for tag in row[0].split())]
        for row in truth
    ]
    return Trial(truth, predictions, truth)


def by_seqeval(truth: list[Row], predictions: list[Row]) -> float:
    """Entity F1 by seqeval."""
    score = seqeval.metrics.f1_score(
        [text.split() for text in first(truth)],
        [text.split() for text in first(predictions)],
        zero_division=0,
    )
    return float(score)


SENTENCE = "the cat sat down"
NOTHING_SAID = Edge([[SENTENCE]], [[""]], ExpectedRefusal.FILE)
NOTHING_SAID_ONCE = Edge([[SENTENCE], [SENTENCE]], [[""], [SENTENCE]])
ROUGE_EDGES = {
    "nothing said": NOTHING_SAID,
    "nothing said once": NOTHING_SAID_ONCE,
    "a key that the cut leaves nothing of": Edge([["走吧"]], [["走吧"]], ExpectedRefusal.KEY),
    "punctuation and case": Edge([["It's on."]], [["it s ON"]], 1.0),
}
SQUAD_EDGES = {
    "both empty": Edge([[""]], [[""]], 100.0),
    "all empty": Edge([["cat"]], [[""]], ExpectedRefusal.FILE),
    "one empty": Edge([["cat"], ["dog"]], [[""], ["dog"]], 50.0),
    "articles and punctuation": Edge([["The Eiffel-Tower!"]], [["an eiffeltower"]], 100.0),
}

PROOFS = {
    "bleu": Proof(
        make=sentences,
        oracle=corpus_bleu,
        edges={
            "an empty key": EMPTY_KEY,
            "nothing said": NOTHING_SAID,
            "nothing said once": NOTHING_SAID_ONCE,
            "too short for four in a row": Edge([["a b c"]], [["a b c"]], 0.0),
        },
    ),
    "chrf": Proof(
        make=sentences,
        oracle=corpus_chrf,
        edges={
            "an empty key": EMPTY_KEY,
            "nothing said": NOTHING_SAID,
            "nothing said once": NOTHING_SAID_ONCE,
        },
    ),
    "ter": Proof(
        make=typos,
        oracle=lambda truth, predictions: 100 * jiwer.wer(first(truth), first(predictions)),
        edges={
            "an empty key": EMPTY_KEY,
            "nothing said": NOTHING_SAID,
            "nothing said once": NOTHING_SAID_ONCE,
            "a shift is one edit": Edge([["a b c d"]], [["c d a b"]], 25.0),
            "case": Edge([["A b c d"]], [["a B c d"]], 0.0),
        },
    ),
    "rouge_1": Proof(make=sentences, oracle=rouge("rouge1"), edges=ROUGE_EDGES),
    "rouge_2": Proof(make=sentences, oracle=rouge("rouge2"), edges=ROUGE_EDGES),
    "rouge_l": Proof(make=sentences, oracle=rouge("rougeL"), edges=ROUGE_EDGES),
    "squad_em": Proof(
        make=sentences,
        oracle=mean(lambda truth, prediction: 100.0 * (plain(truth) == plain(prediction))),
        edges=SQUAD_EDGES | {"one word more": Edge([["cat sat"]], [["cat"]], 0.0)},
    ),
    "squad_f1": Proof(
        make=sentences,
        oracle=mean(word_f1),
        edges=SQUAD_EDGES | {"a word twice": Edge([["cat sat"]], [["cat cat"]], 50.0)},
    ),
    "ner_f1": Proof(
        make=tagged,
        oracle=by_seqeval,
        edges={
            "no entity": Edge([["O O"]], [["O O"]], 0.0),
            "a tag too few": Edge([["B-PER O"]], [["B-PER"]], ExpectedRefusal.FILE),
            "a tag too many": Edge([["B-PER"]], [["B-PER O"]], ExpectedRefusal.FILE),
            "another end": Edge([["B-PER I-PER"]], [["B-PER O"]], 0.0),
        },
    ),
}
