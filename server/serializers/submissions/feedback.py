"""What a score teaches, as the API tells it and pages show it: rounded as the score is."""

from collections.abc import Callable, Iterator

from typing_extensions import TypedDict

from grader.messages import Message
from grader.parted_text import PartedText
from grader.scores.uncertainty import CONFIDENCE_95
from server.domain.submissions.feedback import Feedback
from server.serializers.values import rounded


class NextTierJson(TypedDict):
    """The easiest tier that the score does not reach, and how much is missing, in the score's unit."""

    name: str
    threshold: float
    distance: float
    hint: str


class FeedbackJson(TypedDict):
    """What one public score means for its team.

    rank: of this file alone. gain: how much better than the best before, below 0 for worse. low, high: the
    ends of the score's 95 % interval. is_within_noise: of the last file's score. sentences: all of it.
    """

    rank: int
    is_best: bool
    best_before: float | None
    gain: float | None
    last: float | None
    is_within_noise: bool | None
    low: float | None
    high: float | None
    next_tier: NextTierJson | None
    sentences: list[str]


def feedback(meaning: Feedback, *, decimals: int, team_rank: int | None) -> FeedbackJson:
    """What a score teaches. team_rank: of the board, which the file's own is told beside where it differs."""
    reach = None if meaning.error is None else CONFIDENCE_95 * meaning.error
    tier = meaning.next_tier
    shape: FeedbackJson = {
        "rank": meaning.rank,
        "is_best": meaning.is_best,
        "best_before": rounded(meaning.best_before, decimals),
        "gain": _gain(meaning, decimals),
        "last": rounded(meaning.last, decimals),
        "is_within_noise": meaning.is_within_noise,
        "low": None if reach is None else rounded(meaning.score - reach, decimals),
        "high": None if reach is None else rounded(meaning.score + reach, decimals),
        "next_tier": None
        if tier is None
        else {
            "name": tier.name,
            "threshold": round(tier.threshold, decimals),
            "distance": max(
                round(abs(round(tier.threshold, decimals) - round(meaning.score, decimals)), decimals),
                10.0**-decimals,
            ),
            "hint": PartedText(tier.hint),
        },
        "sentences": [],
    }
    shape["sentences"] = list(sentences(shape, decimals, meaning.higher_is_better, team_rank))
    return shape


def _gain(meaning: Feedback, decimals: int) -> float | None:
    """The difference of the two scores as they are shown, so that a reader's sum comes out."""
    if meaning.best_before is None:
        return None
    difference = round(meaning.score, decimals) - round(meaning.best_before, decimals)
    return round(difference if meaning.higher_is_better else -difference, decimals)


def sentences(
    shape: FeedbackJson, decimals: int, higher_is_better: bool, team_rank: int | None
) -> Iterator[Message]:
    """The same in words, in the order in which one wants to know it."""

    def number(value: float) -> str:
        return f"{value:z.{decimals}f}"

    if shape["best_before"] is None or shape["gain"] is None:
        yield Message("This is your team's first scored file.")
    elif shape["gain"] > 0:
        yield Message("New best: {gain} better than the best before.", gain=number(shape["gain"]))
    elif shape["gain"] == 0 and shape["is_best"]:
        yield Message("New best, by less than these decimals show.")
    elif shape["gain"] == 0:
        best = number(shape["best_before"])
        yield Message("About as good as your team's best, {best}.", best=best)
    else:
        facts = {"behind": number(-shape["gain"]), "best": number(shape["best_before"])}
        yield Message("Your team's best stays {best}; this file is {behind} behind it.", **facts)
    if shape["last"] is not None and shape["is_within_noise"] is not None:
        yield _noise(number(shape["last"]), is_within_noise=shape["is_within_noise"])
    if team_rank is not None and shape["rank"] != team_rank:
        yield Message("By itself this file would stand at rank {rank:,}.", rank=shape["rank"])
    if shape["low"] is not None and shape["high"] is not None:
        yield Message(
            "On other rows like the public ones it would score between {low} and {high}, 95 times in 100.",
            low=number(shape["low"]),
            high=number(shape["high"]),
        )
    tier = shape["next_tier"]
    if tier is not None:
        yield _way_on(tier, number, higher_is_better=higher_is_better)


def _noise(last: str, *, is_within_noise: bool) -> Message:
    if is_within_noise:
        return Message(
            "From your last file ({last}) it differs by no more than chance brings about.", last=last
        )
    return Message("From your last file ({last}) it differs by more than chance brings about.", last=last)


def _way_on(tier: NextTierJson, number: Callable[[float], str], *, higher_is_better: bool) -> Message:
    facts = {
        "distance": number(tier["distance"]),
        "tier": tier["name"],
        "threshold": number(tier["threshold"]),
        "hint": tier["hint"],
    }
    if higher_is_better:
        return Message("{distance} higher, at {threshold}, is {tier}. Its hint: {hint}", **facts)
    return Message("{distance} lower, at {threshold}, is {tier}. Its hint: {hint}", **facts)
