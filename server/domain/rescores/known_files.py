"""The known files of a competition, with their scores under a version of its answer key."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.boards import counted_runs as run_sql
from server.domain.grading.answer_keys import SAMPLE
from server.models import (
    AnswerKeyVersion,
    CompetitionFile,
    PrivateKnownScore,
    PrivateScore,
    PublicScore,
    Submission,
    Tier,
)


@dataclass(frozen=True)
class KnownFile:
    """A known file, and what is kept of it under a version: both scores, or None where nothing is."""

    name: str
    sha256: str
    scores: tuple[float, float] | None


@dataclass(frozen=True)
class KnownFileCheck:
    """A known file under two versions: its public and private score under each.

    is_same_again: whether grading it just now gave the same.
    """

    name: str
    before: tuple[float, float] | None
    after: tuple[float, float] | None
    is_same_again: bool


def known_files(session: Session, version_id: int) -> list[KnownFile]:
    """The competition's known files with their scores under one version; the sample first, then the tiers.

    Needs a session that may see private scores.
    """
    version = session.get_one(AnswerKeyVersion, version_id)
    sample = session.scalar(
        select(CompetitionFile).where(
            CompetitionFile.competition_id == version.competition_id, CompetitionFile.name == SAMPLE
        )
    )
    files = []
    if sample is not None:
        score = session.get(PrivateKnownScore, (version_id, SAMPLE))
        scores = None if score is None or score.sha256 != sample.sha256 else (score.public, score.private)
        files.append(KnownFile(SAMPLE, sample.sha256, scores))
    latest = run_sql.latest_runs(version.competition_id)
    rows = session.execute(
        select(Tier.name, Submission.sha256, PublicScore.score, PrivateScore.score)
        .join(latest, latest.c.tier_id == Tier.id)
        .join(Submission, Submission.id == latest.c.submission_id)
        .outerjoin(
            PublicScore,
            (PublicScore.submission_id == Submission.id) & (PublicScore.answer_key_id == version_id),
        )
        .outerjoin(
            PrivateScore,
            (PrivateScore.submission_id == Submission.id) & (PrivateScore.answer_key_id == version_id),
        )
        .order_by(Tier.place)
    )
    for name, sha256, public, private in rows:
        scores = None if public is None or private is None else (public, private)
        files.append(KnownFile(Message("{tier} baseline", tier=name.value), sha256, scores))
    return files
