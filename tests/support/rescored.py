"""What tests of rescores share: another key for the tiny homework, and the background's work done here."""

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import select

from server.domain.audit.actor import Actor
from server.domain.boards import standings
from server.domain.grading.answer_keys import KeyChange
from server.domain.grading.outcome import Outcome
from server.domain.rescores import rescore as rescores
from server.domain.rescores import verdicts as rescore_verdicts
from server.models import PublicScore, Rescore
from server.services.grading.grade import outcome_of_file
from server.services.rescores import acts as rescore_acts
from server.services.rescores.worker import RescoreWorker
from tests.support import tiny_homework
from tests.support.installation import Installation

LEASE = timedelta(seconds=30)
REASON = "Forty labels of the answer key were wrong."


def other_truth(rows: int = 400, *, wrong: int = 40) -> list[str]:
    """The true labels as the corrected key has them: of the first rows another class."""
    source = random.Random(9)
    return [
        source.choice(tiny_homework.CLASSES.replace(label, "")) if number < wrong else label
        for number, label in enumerate(tiny_homework.truth(rows))
    ]


def other_key(rows: int = 400, *, wrong: int = 40) -> bytes:
    """The corrected answer key, with the same split."""
    lines = ["id,label,Usage"]
    pairs = zip(other_truth(rows, wrong=wrong), tiny_homework.usage(rows), strict=True)
    lines += [f"{number},{label},{usage}" for number, (label, usage) in enumerate(pairs)]
    return ("\n".join(lines) + "\n").encode()


def score_under(data: bytes, truth: list[str], split: str) -> float:
    """The accuracy of a file on a split under these labels, counted in the most obvious way."""
    guessed = [line.split(",")[1] for line in data.decode().splitlines()[1:]]
    counted = [
        guess == label
        for guess, label, usage in zip(guessed, truth, tiny_homework.usage(len(truth)), strict=True)
        if usage == split
    ]
    return sum(counted) / len(counted)


def asked_for(installation: Installation, change: KeyChange | None = None) -> Rescore:
    """A rescore that tina has asked for, to the corrected key unless something else is wanted."""
    return rescore_acts.start(
        installation.context,
        competition=installation.competition(),
        change=change or KeyChange(key=other_key()),
        reason=REASON,
        by=Actor(installation.user("tina").id),
    )


def claimed(installation: Installation, rescore_id: int) -> RescoreWorker:
    """The background's work on a rescore, to be done in this process; its lease is taken."""
    rescore = installation.db.write(
        lambda session: rescores.claim(session, rescore_id=rescore_id, lease=LEASE, now=installation.clock())
    )
    assert rescore is not None
    key = installation.db.read(lambda session: rescore_verdicts.key_of_version(session, rescore.to_key_id))
    context = installation.context

    def grade(hashes: Sequence[str]) -> Iterator[Outcome]:
        return (outcome_of_file(context.store, each, key=key, keys=context.keys) for each in hashes)

    return RescoreWorker(installation.db, grade, rescore, LEASE, installation.clock)


def ready(installation: Installation, change: KeyChange | None = None) -> Rescore:
    """A rescore that waits for its switch."""
    rescore = asked_for(installation, change)
    claimed(installation, rescore.id).work()
    return as_it_is(installation, rescore.id)


def apply(installation: Installation, rescore_id: int, reason: str = REASON) -> None:
    """Switch the boards, as tina."""
    rescore_acts.apply(
        installation.context,
        competition_id=installation.competition().id,
        rescore_id=rescore_id,
        reason=reason,
        by=Actor(installation.user("tina").id),
        now=installation.clock(),
    )


def undo(installation: Installation, rescore_id: int, reason: str = "It was right before.") -> Rescore | None:
    """Switch the boards back, as tina."""
    return rescore_acts.undo(
        installation.context,
        competition_id=installation.competition().id,
        rescore_id=rescore_id,
        reason=reason,
        by=Actor(installation.user("tina").id),
        now=installation.clock(),
    )


def as_it_is(installation: Installation, rescore_id: int) -> Rescore:
    """The rescore's row as it is now."""
    return installation.db.read(lambda session: session.get_one(Rescore, rescore_id))


def public_scores(installation: Installation) -> dict[int, float]:
    """The public scores under the current version, by submission."""
    key_id = installation.competition().answer_key_id
    rows = installation.db.read(
        lambda session: session.execute(
            select(PublicScore.submission_id, PublicScore.score).where(PublicScore.answer_key_id == key_id)
        ).all()
    )
    return dict(rows)


def wrong_standings(installation: Installation) -> list[str]:
    """Where kept standings differ from what the submissions say; none, as ever."""
    competition = installation.competition()
    return installation.db.read(
        lambda session: standings.differences(session, competition=competition), private=True
    )


def board(installation: Installation, split: str = "public") -> list[tuple[str, float]]:
    """A board's teams and scores, as staff get it by the API."""
    answer = installation.client("tina").get(f"/api/competitions/tiny/leaderboard/{split}")
    return [(row["team"], row["score"]) for row in answer.json()["rows"]]
