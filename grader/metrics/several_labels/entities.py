"""Entities in a sentence that is tagged token by token."""

from types import MappingProxyType

import pyarrow as pa

from grader.errors import EmptySplit
from grader.messages import Message
from grader.metrics.fields import TAGS
from grader.metrics.metric import Metric, Parameter
from grader.time_limit import in_time

Entity = tuple[str, int, int]
OUTSIDE = "O"


def entities(tags: list[str]) -> set[Entity]:
    """The type, first and last token of each entity, of tags such as B-PER, I-PER, E-PER, S-PER and O.

    An entity begins at B or S, after O, E or S, and wherever the type changes; so a loose I begins one too.

    >>> sorted(entities(["B-PER", "I-PER", "O", "I-LOC"]))
    [('LOC', 3, 3), ('PER', 0, 1)]
    """
    spans: set[Entity] = set()
    start, mark, kind = -1, OUTSIDE, ""
    for place, tag in enumerate([*tags, OUTSIDE]):
        next_mark, _, next_kind = tag.partition("-")
        is_end = next_mark in "BSO" or mark in "ES" or kind != next_kind
        if start >= 0 and is_end:
            spans.add((kind, start, place - 1))
            start = -1
        if next_mark != OUTSIDE and start < 0:
            start = place
        mark, kind = next_mark, next_kind
    return spans


def ner_f1(answers: pa.StringArray, predictions: pa.StringArray, *, beta: float) -> float:
    """F-beta of the entities of all rows, right when type, first and last token are; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) tags separated by blanks, one a token; equally many on both sides, as the
    check guarantees. beta: how many times recall weighs precision. 0.0 where there is no entity at all.
    Raises EmptySplit when n_rows is 0. Source: Tjong Kim Sang 2003 (conlleval); must equal
    seqeval.metrics.f1_score.

    >>> ner_f1(pa.array(["B-PER I-PER O"]), pa.array(["B-PER I-PER B-LOC"]), beta=1.0)
    0.6666666666666666
    """
    if len(answers) == 0:
        raise EmptySplit
    hits = answer_count = prediction_count = 0
    for answer, prediction in in_time(zip(answers.to_pylist(), predictions.to_pylist(), strict=True)):
        answer_entities, prediction_entities = entities(answer.split()), entities(prediction.split())
        hits, answer_count, prediction_count = (
            hits + len(answer_entities & prediction_entities),
            answer_count + len(answer_entities),
            prediction_count + len(prediction_entities),
        )
    weight = beta * beta
    return (1.0 + weight) * hits / (weight * answer_count + prediction_count) if hits else 0.0


ENTITIES: dict[str, Metric] = {
    "ner_f1": Metric(
        function=ner_f1,
        answers=TAGS,
        predictions=TAGS,
        best=1.0,
        worst=0.0,
        summary=Message("F-beta of named entities, pooled over the rows"),
        edges=Message(
            "a loose I begins an entity; another number of tags in a row than sample_submission.csv has "
            "there, one for each token, is refused; 0 without entities"
        ),
        aliases=("entity-level F1", "seqeval F1"),
        parameters=MappingProxyType(
            {"beta": Parameter(float, 1.0, Message("how many times recall weighs precision"), 0.01, 100.0)}
        ),
    )
}
