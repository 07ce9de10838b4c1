"""Metrics of the words that two texts share: summaries, answers to questions, entities in a sentence."""

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa

from grader.errors import EmptySplit
from grader.messages import Message, Text
from grader.metrics.fields import TEXT
from grader.metrics.metric import Metric, Need, Parameter, RowTerms
from grader.metrics.texts.accepted import READABLE, SEPARATOR, accepted_texts
from grader.time_limit import in_time

NOT_ASCII_WORD = re.compile(r"[^a-z0-9]+")
ARTICLES = re.compile(r"\b(a|an|the)\b")
NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def tokens_of(text: str, tokens: str) -> list[str]:
    """A text in lower case, cut as `tokens` says: "ascii", "blanks" or "characters".

    >>> tokens_of("Don't 走!", "ascii"), tokens_of("走 吧", "characters")
    (['don', 't'], ['走', '吧'])
    """
    lower = text.lower()
    match tokens:
        case "ascii":
            return NOT_ASCII_WORD.sub(" ", lower).split()
        case "blanks":
            return lower.split()
        case _:
            return [character for character in lower if not character.isspace()]


def _f1(common: int, answer_count: int, prediction_count: int) -> float:
    return 2.0 * common / (answer_count + prediction_count) if common else 0.0


def _each(
    answers: pa.StringArray, predictions: pa.StringArray, score: Callable[[str, str], float]
) -> RowTerms:
    if len(answers) == 0:
        raise EmptySplit
    pairs = in_time(zip(answers.to_pylist(), predictions.to_pylist(), strict=True))
    return RowTerms(
        np.fromiter((score(answer, prediction) for answer, prediction in pairs), float, len(answers))
    )


def _ngrams(words: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[start:] for start in range(size)), strict=False))


def _overlaps(size: int, answers: pa.StringArray, predictions: pa.StringArray, *, tokens: str) -> RowTerms:
    def score(answer: str, prediction: str) -> float:
        one, other = (_ngrams(tokens_of(text, tokens), size) for text in (answer, prediction))
        return _f1((one & other).total(), one.total(), other.total())

    return _each(answers, predictions, score)


_words, _pairs = partial(_overlaps, 1), partial(_overlaps, 2)


def rouge_1(answers: pa.StringArray, predictions: pa.StringArray, *, tokens: str) -> float:
    """F1 of the single words that two texts share, averaged over the rows; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) texts. tokens: "ascii" for runs of a-z and 0-9, as rouge-score cuts, which
    leaves nothing of a Chinese text; "characters" or "blanks" for those. No stemmer.
    Raises EmptySplit when n_rows is 0. Source: Lin 2004; must equal rouge_score's rouge1 for "ascii".

    >>> rouge_1(pa.array(["the cat sat"]), pa.array(["the dog sat"]), tokens="ascii")
    0.6666666666666666
    """
    return _words(answers, predictions, tokens=tokens).score()


def rouge_2(answers: pa.StringArray, predictions: pa.StringArray, *, tokens: str) -> float:
    """F1 of the pairs of neighbouring words that two texts share, averaged; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) texts. tokens: as in rouge_1. A text of one word has no pair and scores 0.
    Raises EmptySplit when n_rows is 0. Source: Lin 2004; must equal rouge_score's rouge2 for "ascii".

    >>> rouge_2(pa.array(["the cat sat"]), pa.array(["the cat ran"]), tokens="ascii")
    0.5
    """
    return _pairs(answers, predictions, tokens=tokens).score()


def rouge_l(answers: pa.StringArray, predictions: pa.StringArray, *, tokens: str) -> float:
    """F1 of the longest common subsequence of words, averaged over the rows; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) texts, newlines being blanks. tokens: as in rouge_1.
    Raises EmptySplit when n_rows is 0. Source: Lin 2004; must equal rouge_score's rougeL for "ascii".

    >>> rouge_l(pa.array(["the cat sat"]), pa.array(["the sat cat"]), tokens="ascii")
    0.6666666666666666
    """
    return _common_sequences(answers, predictions, tokens=tokens).score()


def _common_sequences(answers: pa.StringArray, predictions: pa.StringArray, *, tokens: str) -> RowTerms:
    from rapidfuzz.distance import LCSseq  # noqa: PLC0415 - other metrics do without it

    def score(answer: str, prediction: str) -> float:
        one, other = tokens_of(answer, tokens), tokens_of(prediction, tokens)
        return _f1(int(LCSseq.similarity(one, other)), len(one), len(other))

    return _each(answers, predictions, score)


def normalise(text: str) -> str:
    """A text as SQuAD compares it: lower case, no ASCII punctuation, no articles, single blanks.

    >>> normalise("The  Eiffel-Tower!")
    'eiffeltower'
    """
    return " ".join(ARTICLES.sub(" ", text.lower().translate(NO_PUNCTUATION)).split())


def _best_answer(
    answer_field: str, prediction: str, separator: str, score: Callable[[str, str], float]
) -> float:
    return 100.0 * max(score(answer, prediction) for answer in accepted_texts(answer_field, separator))


def squad_em(answers: pa.StringArray, predictions: pa.StringArray, *, separator: str) -> float:
    """The share of rows whose text is a true answer, in percent; 100.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) texts, compared as `normalise` makes them. separator: stands between
    several true answers of the key, of which the best counts; "" for one answer, "json" for a list in JSON.
    Raises EmptySplit when n_rows is 0. Source: Rajpurkar et al. 2016, SQuAD's evaluation.

    >>> squad_em(pa.array(["the cat|a dog"]), pa.array(["Dog."]), separator="|")
    100.0
    """
    return _right_answers(answers, predictions, separator=separator).score()


def _right_answers(answers: pa.StringArray, predictions: pa.StringArray, *, separator: str) -> RowTerms:
    def score(answer: str, prediction: str) -> float:
        return float(normalise(answer) == normalise(prediction))

    return _each(
        answers, predictions, lambda answer, prediction: _best_answer(answer, prediction, separator, score)
    )


def squad_f1(answers: pa.StringArray, predictions: pa.StringArray, *, separator: str, tokens: str) -> float:
    """F1 of the words that a text shares with the best true answer, averaged, in percent; 100.0 is best.

    answers, predictions: (n_rows,) texts, compared as `normalise` makes them. separator: as in squad_em.
    tokens: "blanks", or "characters" for Chinese. Two texts without words score 100, one alone 0, the worst.
    Raises EmptySplit when n_rows is 0. Source: Rajpurkar et al. 2016, SQuAD's evaluation.

    >>> squad_f1(pa.array(["in the garden"]), pa.array(["garden"]), separator="", tokens="blanks")
    66.66666666666666
    """
    return _words_of_answers(answers, predictions, separator=separator, tokens=tokens).score()


def _words_of_answers(
    answers: pa.StringArray, predictions: pa.StringArray, *, separator: str, tokens: str
) -> RowTerms:
    def score(answer: str, prediction: str) -> float:
        one, other = (Counter(tokens_of(normalise(text), tokens)) for text in (answer, prediction))
        if not one or not other:
            return float(one == other)
        return _f1((one & other).total(), one.total(), other.total())

    return _each(
        answers, predictions, lambda answer, prediction: _best_answer(answer, prediction, separator, score)
    )


def _has_tokens(answers: pa.StringArray, *, tokens: str, **_: Any) -> bool:
    return all(tokens_of(text, tokens) for text in answers.to_pylist())


HAS_TOKENS = Need(
    "no_tokens",
    Message("a true text has no words as metric_arguments.tokens cuts it, and nothing could match it."),
    Message('Set tokens = "characters" for a text without blanks or without a-z, or mark such rows Ignored.'),
    _has_tokens,
    of_rows=True,
)
CUTS = ("ascii", "blanks", "characters")


def _rouge(
    function: Callable[..., float],
    terms: Callable[..., RowTerms],
    summary: Text,
    *aliases: str,
    library: str = "",
) -> Metric:
    return Metric(
        function=function,
        terms=terms,
        answers=TEXT,
        predictions=TEXT,
        best=1.0,
        worst=0.0,
        summary=summary,
        edges=Message("no stemmer; of a text without a-z the default leaves no word: such a key is refused"),
        aliases=aliases,
        parameters=MappingProxyType(
            {"tokens": Parameter(str, "ascii", Message("how texts are cut"), choices=CUTS)}
        ),
        needs=(HAS_TOKENS,),
        library=library,
    )


def _squad(
    function: Callable[..., float],
    terms: Callable[..., RowTerms],
    summary: Text,
    *aliases: str,
    **more: Parameter,
) -> Metric:
    return Metric(
        function=function,
        terms=terms,
        answers=TEXT,
        predictions=TEXT,
        best=100.0,
        worst=0.0,
        summary=summary,
        edges=Message("case, ASCII punctuation and articles do not count; two empty texts are right"),
        aliases=aliases,
        parameters=MappingProxyType({"separator": SEPARATOR, **more}),
        needs=(READABLE,),
    )


WORDINGS: dict[str, Metric] = {
    "rouge_1": _rouge(rouge_1, _words, Message("F1 of the words that two texts share"), "ROUGE-1"),
    "rouge_2": _rouge(rouge_2, _pairs, Message("F1 of the pairs of words that two texts share"), "ROUGE-2"),
    "rouge_l": _rouge(
        rouge_l,
        _common_sequences,
        Message("F1 of the longest common subsequence of words"),
        "ROUGE-L",
        library="rapidfuzz",
    ),
    "squad_em": _squad(
        squad_em,
        _right_answers,
        Message("share of rows whose text is a true answer, in percent"),
        "exact match of answers",
    ),
    "squad_f1": _squad(
        squad_f1,
        _words_of_answers,
        Message("F1 of words with the best true answer, in percent"),
        "F1 of answers",
        tokens=Parameter(str, "blanks", Message("how texts are cut"), choices=CUTS[1:]),
    ),
}
