"""Metrics of text against text: edits of characters and words."""

from collections.abc import Callable, Iterable, Iterator
from math import inf
from typing import Any

import numpy as np
import pyarrow as pa

from grader.errors import EmptySplit
from grader.messages import Message, Text
from grader.metrics.fields import ITEMS, TEXT
from grader.metrics.lists import Lists
from grader.metrics.metric import Metric, RowTerms
from grader.metrics.needs import NO_EMPTY_TEXT, SOME_ITEM
from grader.time_limit import in_time


def levenshtein_mean(answers: pa.StringArray, predictions: pa.StringArray) -> float:
    """The edits (insert, delete, replace a code point) from prediction to answer, averaged; 0.0 is best.

    answers, predictions: (n_rows,) texts, not normalised. Raises EmptySplit when n_rows is 0.
    Source: rapidfuzz.distance.Levenshtein; must equal the textbook recursion.

    >>> levenshtein_mean(pa.array(["kitten"]), pa.array(["sitting"]))
    3.0
    """
    if len(answers) == 0:
        raise EmptySplit
    return _edits_of_characters(answers, predictions).score()


def cer(answers: pa.StringArray, predictions: pa.StringArray) -> float:
    """The character error rate: edits of all rows, of the characters of all answers; 0.0 is best.

    answers, predictions: (n_rows,) texts; no answer is empty. Blanks count. May exceed 1.0.
    Raises EmptySplit when n_rows is 0. Source: must equal jiwer.cer of all rows.

    >>> cer(pa.array(["abcd"]), pa.array(["abxd"]))
    0.25
    """
    if len(answers) == 0:
        raise EmptySplit
    return _character_errors(answers, predictions).score()


def wer(answers: pa.StringArray, predictions: pa.StringArray) -> float:
    """The word error rate: edits of words in all rows, of the words of all answers; 0.0 is best.

    answers, predictions: (n_rows,) texts, cut at blanks; no answer is without words. May exceed 1.0.
    Raises EmptySplit when n_rows is 0. Source: must equal jiwer.wer of all rows.

    >>> wer(pa.array(["the cat sat"]), pa.array(["the cat"]))
    0.3333333333333333
    """
    if len(answers) == 0:
        raise EmptySplit
    return _word_errors(answers, predictions).score()


def _edits(answers: Iterable[Any], predictions: Iterable[Any], rows: int) -> RowTerms:
    """The edits of each row, a text or a list of words or items, of how long its answer is."""
    from rapidfuzz.distance import Levenshtein  # noqa: PLC0415 - other metrics do without it

    lengths: list[int] = []
    distance, add = Levenshtein.distance, lengths.append

    def counts() -> Iterator[int]:
        # One by one, as the words of all rows fill the memory.
        for answer, prediction in in_time(zip(answers, predictions, strict=True)):
            add(len(answer))
            yield distance(answer, prediction)

    edits = np.fromiter(counts(), np.int64, rows)
    return RowTerms(edits, np.array(lengths))


def _edits_of_characters(answers: pa.StringArray, predictions: pa.StringArray) -> RowTerms:
    return RowTerms(_character_errors(answers, predictions).parts)


def _character_errors(answers: pa.StringArray, predictions: pa.StringArray) -> RowTerms:
    return _edits(answers.to_pylist(), predictions.to_pylist(), len(answers))


def _word_errors(answers: pa.StringArray, predictions: pa.StringArray) -> RowTerms:
    answer_words, prediction_words = (map(str.split, side.to_pylist()) for side in (answers, predictions))
    return _edits(answer_words, prediction_words, len(answers))


def _item_errors(answers: Lists, predictions: Lists) -> RowTerms:
    one, other = (map(np.ndarray.tolist, map(side.row, range(len(side)))) for side in (answers, predictions))
    return _edits(one, other, len(answers))


def token_error_rate(answers: Lists, predictions: Lists) -> float:
    """The token error rate: edits of items in all rows, of the items of all answers; 0.0 is best.

    answers, predictions: (n_rows,) lists of items in their order; some answer has an item. May exceed 1.0.
    Raises EmptySplit when n_rows is 0. Source: Kaggle's multi-modal gestures; jiwer.wer of the items.

    >>> token_error_rate(Lists.of([[1, 2, 3], [4]]), Lists.of([[1, 3], [4]]))
    0.25
    """
    if len(answers) == 0:
        raise EmptySplit
    return _item_errors(answers, predictions).score()


def jaccard_words(answers: pa.StringArray, predictions: pa.StringArray) -> float:
    """The words that both texts have, of those of either, averaged over the rows; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) texts, in lower case, cut at blanks. Two texts without words score 1.0.
    Raises EmptySplit when n_rows is 0. Source: Kaggle's tweet sentiment extraction.

    >>> jaccard_words(pa.array(["a b"]), pa.array(["B c"]))
    0.3333333333333333
    """
    if len(answers) == 0:
        raise EmptySplit
    return _shared_words(answers, predictions).score()


def _shared_words(answers: pa.StringArray, predictions: pa.StringArray) -> RowTerms:
    shares = np.empty(len(answers))
    pairs = in_time(zip(answers.to_pylist(), predictions.to_pylist(), strict=True))
    for row, (answer, prediction) in enumerate(pairs):
        one, other = set(answer.lower().split()), set(prediction.lower().split())
        shares[row] = len(one & other) / len(one | other) if one | other else 1.0
    return RowTerms(shares)


def _errors(
    function: Callable[..., float],
    terms: Callable[..., RowTerms],
    summary: Text,
    edges: Text,
    *aliases: str,
    refuses_empty: bool,
) -> Metric:
    return Metric(
        function=function,
        terms=terms,
        answers=TEXT,
        predictions=TEXT,
        best=0.0,
        worst=inf,
        summary=summary,
        edges=edges,
        aliases=aliases,
        library="rapidfuzz",
        needs=(NO_EMPTY_TEXT,) if refuses_empty else (),
    )


POOLED = Message("pooled over the rows; a key with a text without words is refused")
TEXTS: dict[str, Metric] = {
    "levenshtein_mean": _errors(
        levenshtein_mean,
        _edits_of_characters,
        Message("edits of characters, averaged"),
        Message("code points, not normalised"),
        "edit distance",
        "levenshtein",
        refuses_empty=False,
    ),
    "cer": _errors(
        cer,
        _character_errors,
        Message("edits of characters, of all true characters"),
        POOLED,
        "character error rate",
        refuses_empty=True,
    ),
    "wer": _errors(
        wer,
        _word_errors,
        Message("edits of words, of all true words"),
        POOLED,
        "word error rate",
        refuses_empty=True,
    ),
    "token_error_rate": Metric(
        function=token_error_rate,
        terms=_item_errors,
        answers=ITEMS,
        predictions=ITEMS,
        best=0.0,
        worst=inf,
        summary=Message("edits of items, of all true items"),
        library="rapidfuzz",
        edges=Message("pooled over the rows; an empty answer is fine, a split of them alone is refused"),
        aliases=("TER of items", "phone error rate"),
        needs=(SOME_ITEM,),
    ),
    "jaccard_words": Metric(
        function=jaccard_words,
        terms=_shared_words,
        answers=TEXT,
        predictions=TEXT,
        best=1.0,
        worst=0.0,
        summary=Message("words in common, of the words of either, averaged"),
        edges=Message("lower case; two texts without words score 1"),
        aliases=("word Jaccard",),
    ),
}
