"""Metrics of translations, which are sacrebleu's: its numbers are the definition of the field."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from types import MappingProxyType
from typing import Any, cast

import pyarrow as pa

from grader.errors import EmptySplit
from grader.messages import Message
from grader.metrics.fields import TEXT
from grader.metrics.metric import Metric, Need, Parameter
from grader.metrics.needs import NO_EMPTY_TEXT
from grader.metrics.texts.accepted import READABLE, SEPARATOR, accepted_texts
from grader.time_limit import TookTooLong, in_time

CHARACTERS_MOST = 1_000_000  # of a row: BLEU and chrF take 2 s and 100 MB for as many


def bleu(
    answers: pa.StringArray, predictions: pa.StringArray, *, tokenizer: str, separator: str = ""
) -> float:
    """BLEU of all rows together, in percent; 100.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) texts. tokenizer: "13a" for languages with blanks between words, "zh" for
    Chinese, "char" for single characters, "intl", or "none" where the texts are cut already. separator: what
    stands between several references of one row; "" where each row has one.
    Up to 4-grams, exponential smoothing. Texts of fewer than four tokens in all rows score 0, even right
    ones. Raises EmptySplit when n_rows is 0. Source: sacrebleu.corpus_bleu (Post 2018).

    >>> bleu(pa.array(["the cat sat down"]), pa.array(["the cat sat down"]), tokenizer="13a")
    100.0
    """
    from sacrebleu.metrics.bleu import BLEU  # noqa: PLC0415 - other metrics do without it

    references, hypotheses = _texts(answers, predictions, separator)
    return min(100.0, float(BLEU(tokenize=tokenizer).corpus_score(hypotheses, references).score))


def chrf(
    answers: pa.StringArray, predictions: pa.StringArray, *, word_order: int, separator: str = ""
) -> float:
    """chrF of all rows together: F2 of character n-grams up to 6, in percent; 100.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) texts; blanks do not count. word_order: up to which word n-grams count
    too; 0 is chrF, 2 is chrF++. separator: between several references of one row, of which the best counts.
    Raises EmptySplit when n_rows is 0.
    Source: sacrebleu.corpus_chrf (Popović 2015).

    >>> chrf(pa.array(["the cat"]), pa.array(["the cat"]), word_order=0)
    100.0
    """
    from sacrebleu.metrics.chrf import CHRF  # noqa: PLC0415 - other metrics do without it

    references, hypotheses = _texts(answers, predictions, separator)
    return min(100.0, float(CHRF(word_order=word_order).corpus_score(hypotheses, references).score))


def ter(
    answers: pa.StringArray, predictions: pa.StringArray, *, case_sensitive: bool, separator: str = ""
) -> float:
    """The translation edit rate: edits and shifts of words, of the true words, in percent; 0.0 is best.

    answers, predictions: (n_rows,) texts, cut at blanks; no answer is without words. A shift of a stretch of
    words is one edit. separator: between several references of one row, of which the nearest counts, by the
    mean of their lengths. May exceed 100. Slow: it searches for shifts. Raises EmptySplit when n_rows is 0.
    Source: sacrebleu.corpus_ter (Snover et al. 2006).

    >>> ter(pa.array(["a b c d"]), pa.array(["c d a b"]), case_sensitive=False)
    25.0
    """
    from grader.metrics.texts.edit_rate import TimedEditRate  # noqa: PLC0415 - other metrics do without it

    references, hypotheses = _texts(answers, predictions, separator)
    return float(TimedEditRate(case_sensitive=case_sensitive).corpus_score(hypotheses, references).score)


class _Texts(list[str]):
    """Texts that sacrebleu goes through while there is time."""

    def __iter__(self) -> Iterator[str]:
        """Row by row. Raises TookTooLong, for a row that alone would take long, too."""
        for text in in_time(super().__iter__()):
            if len(text) > CHARACTERS_MOST:
                raise TookTooLong
            yield text


def _texts(
    answers: pa.StringArray, predictions: pa.StringArray, separator: str
) -> tuple[list[Sequence[str]], list[str]]:
    """The first reference of each row, the second of each, ...; None where a row has no more; the texts."""
    if len(answers) == 0:
        raise EmptySplit
    references = [accepted_texts(text, separator) for text in answers.to_pylist()]
    columns = cast(Iterator[Sequence[str]], zip_longest(*references))  # sacrebleu passes over None
    return [*columns], _Texts(predictions.to_pylist())


def _every_reference_has_words(answers: pa.StringArray, *, separator: str = "", **_: Any) -> bool:
    try:
        rows = [accepted_texts(text, separator) for text in answers.to_pylist()]
    except (ValueError, RecursionError):
        return True  # which READABLE tells
    return not separator or all(text.strip() for texts in rows for text in texts)


NO_EMPTY_REFERENCE = Need(
    "empty_reference",
    Message("a true text has a reference without words between two separators."),
    Message("Remove the separator that is too much, or set metric_arguments.separator."),
    _every_reference_has_words,
    of_rows=True,
)
TRANSLATIONS: dict[str, Metric] = {
    "bleu": Metric(
        function=bleu,
        answers=TEXT,
        predictions=TEXT,
        library="sacrebleu",
        best=100.0,
        worst=0.0,
        summary=Message("BLEU of all rows together, in percent, by sacrebleu"),
        edges=Message(
            "exponential smoothing; 13a leaves Chinese uncut and scores about 0: use zh; fewer than four "
            "tokens a row score 0; a key with a text without words is refused"
        ),
        aliases=("sacrebleu", "corpus BLEU"),
        parameters=MappingProxyType(
            {
                "tokenizer": Parameter(
                    str, "13a", Message("how texts are cut"), choices=("13a", "zh", "char", "intl", "none")
                ),
                "separator": SEPARATOR,
            }
        ),
        needs=(READABLE, NO_EMPTY_TEXT, NO_EMPTY_REFERENCE),
    ),
    "chrf": Metric(
        function=chrf,
        answers=TEXT,
        predictions=TEXT,
        library="sacrebleu",
        best=100.0,
        worst=0.0,
        summary=Message("F2 of character n-grams, in percent, by sacrebleu"),
        edges=Message(
            "blanks do not count; word_order 2 is chrF++; a key with a text without words is refused"
        ),
        aliases=("character n-gram F",),
        parameters=MappingProxyType(
            {
                "word_order": Parameter(int, 0, Message("up to which word n-grams count too"), 0, 4),
                "separator": SEPARATOR,
            }
        ),
        needs=(READABLE, NO_EMPTY_TEXT, NO_EMPTY_REFERENCE),
    ),
    "ter": Metric(
        function=ter,
        answers=TEXT,
        predictions=TEXT,
        library="sacrebleu",
        best=0.0,
        worst=float("inf"),
        summary=Message("edits and shifts of words, of the true words, in percent, by sacrebleu"),
        edges=Message("pooled over the rows; a key with a text without words is refused"),
        aliases=("translation edit rate",),
        parameters=MappingProxyType(
            {
                "case_sensitive": Parameter(bool, False, Message("whether capitals are another word")),
                "separator": SEPARATOR,
            }
        ),
        needs=(READABLE, NO_EMPTY_TEXT, NO_EMPTY_REFERENCE),
    ),
}
