"""Two submissions side by side, as the API tells of them and pages show them: rounded as scores are."""

from collections.abc import Callable, Iterator, Mapping

from typing_extensions import TypedDict

from grader.compare import NOTHING_KNOWN, SplitComparison
from grader.messages import COMMA, Message, joined
from grader.scores.uncertainty import CONFIDENCE_95
from server.clock import iso
from server.domain.submissions.comparison import Split, SplitScores, SubmissionPair
from server.models import Submission
from server.serializers.values import Time


class ComparedSubmissionJson(TypedDict):
    """One of the two."""

    id: int
    url: str
    file_name: str
    received_at: Time


class LabelDisagreementJson(TypedDict):
    """Rows of one true label on which exactly one is right: the first submission, or the second."""

    label: str
    first: int
    second: int


class SplitComparisonJson(TypedDict):
    """The two on one split.

    gain: how much better the first is, below 0 for worse, whatever the metric's direction. low, high: the
    ends of the gain's 95 % interval. better: "first", "second", or null within noise. labels: null where
    nobody may see them, or where a row is not one label. sentences: all of it.
    """

    split: str
    first_score: float
    second_score: float
    first_tiers: list[str]
    second_tiers: list[str]
    gain: float
    low: float | None
    high: float | None
    is_within_noise: bool | None
    better: str | None
    labels: list[LabelDisagreementJson] | None
    sentences: list[str]


class ComparisonJson(TypedDict):
    """Two submissions of one competition; the private split for those who may see it."""

    competition: str
    decimals: int
    higher_is_better: bool
    first: ComparedSubmissionJson
    second: ComparedSubmissionJson
    splits: list[SplitComparisonJson]


def comparison(pair: SubmissionPair, rows: Mapping[Split, SplitComparison]) -> ComparisonJson:
    """What is known of the two. rows: what their files say of each other, by split."""
    splits: dict[Split, SplitScores | None] = {"public": pair.public, "private": pair.private}
    return {
        "competition": pair.access.competition.slug,
        "decimals": pair.decimals,
        "higher_is_better": pair.access.competition.higher_is_better,
        "first": _submission(pair.first),
        "second": _submission(pair.second),
        "splits": [
            _on_split(pair, split, scores, rows.get(split, NOTHING_KNOWN))
            for split, scores in splits.items()
            if scores is not None
        ],
    }


def _submission(row: Submission) -> ComparedSubmissionJson:
    return {
        "id": row.id,
        "url": f"/api/submissions/{row.id}",
        "file_name": row.file_name,
        "received_at": iso(row.received_at),
    }


def _on_split(
    pair: SubmissionPair, split: Split, scores: SplitScores, rows: SplitComparison
) -> SplitComparisonJson:
    """The gain is that of the two scores as they are shown, so that a reader's sum comes out."""
    one, other = (round(score, pair.decimals) for score in scores.scores)
    is_up = pair.access.competition.higher_is_better
    gain = round(one - other if is_up else other - one, pair.decimals)
    exact = scores.scores[0] - scores.scores[1]
    exact_gain = exact if is_up else -exact
    reach = None if rows.standard_error is None else CONFIDENCE_95 * rows.standard_error
    is_within_noise = None if reach is None else abs(exact_gain) <= reach
    first_is_better = None if is_within_noise or not exact_gain else exact_gain > 0
    shape: SplitComparisonJson = {
        "split": split,
        "first_score": one,
        "second_score": other,
        "first_tiers": scores.tiers[0],
        "second_tiers": scores.tiers[1],
        "gain": gain,
        "low": None if reach is None else round(exact_gain - reach, pair.decimals),
        "high": None if reach is None else round(exact_gain + reach, pair.decimals),
        "is_within_noise": is_within_noise,
        "better": None if first_is_better is None else "first" if first_is_better else "second",
        "labels": _labels(rows) if pair.tells_labels(split) else None,
        "sentences": [],
    }
    shape["sentences"] = list(sentences(shape, pair))
    return shape


def _labels(rows: SplitComparison) -> list[LabelDisagreementJson] | None:
    if rows.labels is None:
        return None
    return [{"label": each.label, "first": each.first, "second": each.second} for each in rows.labels]


def sentences(shape: SplitComparisonJson, pair: SubmissionPair) -> Iterator[Message]:
    """The same in words, in the order in which one wants to know it."""

    def number(value: float) -> str:
        return f"{value:z.{pair.decimals}f}"

    yield _verdict(shape, pair, number)
    if shape["low"] is not None and shape["high"] is not None:
        yield Message(
            "On other rows like these, submission {first} would gain between {low} and {high} over "
            "submission {second}, 95 times in 100.",
            first=pair.first.id,
            second=pair.second.id,
            low=number(shape["low"]),
            high=number(shape["high"]),
        )
    elif shape["split"] == "public" and not pair.tells_rows:
        yield Message("Public scores are told in the Ladder's steps here, so no more is said of them.")
    else:
        yield Message("Of this metric boards know no interval, so the difference stands alone.")
    yield from _tier_sentences(shape, pair)


def _verdict(shape: SplitComparisonJson, pair: SubmissionPair, number: Callable[[float], str]) -> Message:
    gain, by = shape["gain"], number(abs(shape["gain"]))
    better = (pair.first if gain > 0 or shape["better"] == "first" else pair.second).id
    if shape["is_within_noise"]:
        return Message("Within noise: they differ by {by}, no more than chance brings about.", by=by)
    if shape["is_within_noise"] is False:
        return Message(
            "Submission {better} is better by {by}, which is more than chance brings about.",
            better=better,
            by=by,
        )
    if not gain:
        return Message("Both scores read the same.")
    return Message("Submission {better} is better by {by}.", better=better, by=by)


def _tier_sentences(shape: SplitComparisonJson, pair: SubmissionPair) -> Iterator[Message]:
    one, other = shape["first_tiers"], shape["second_tiers"]
    for row, more in (
        (pair.first, [tier for tier in one if tier not in other]),
        (pair.second, [tier for tier in other if tier not in one]),
    ):
        if more:
            yield Message(
                "Submission {number} alone reaches {tiers}.",
                number=row.id,
                tiers=joined(*more, between=COMMA),
            )
    if one == other:
        reached = joined(*one, between=COMMA) if one else Message("none")
        yield Message("Both reach the same tiers: {tiers}.", tiers=reached)
