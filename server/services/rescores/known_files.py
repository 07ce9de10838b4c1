"""The known files, graded again at each change: the sample submission and each tier's latest predictions.

Their scores under a version are kept; a file that comes to another score now tells that the grader, a library
or the store has changed, and then the boards are not switched.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.grade import Grade
from server.domain.boards import counted_runs as run_sql
from server.domain.errors import Conflict
from server.domain.grading import record as grading
from server.domain.grading.answer_keys import SAMPLE
from server.domain.grading.record import KeyOf, Outcome
from server.domain.rescores import verdicts as regrading
from server.models import (
    AnswerKeyVersion,
    CompetitionFile,
    PrivateKnownScore,
    PrivateScore,
    PublicScore,
    Submission,
    Tier,
)
from server.services.uploads.context import Judge


@dataclass(frozen=True)
class Known:
    """A known file, and what is kept of it under a version: both scores, or None where nothing is."""

    name: str
    sha256: str
    kept: tuple[float, float] | None


@dataclass(frozen=True)
class Check:
    """A known file under two versions: public and private score as kept, and whether grading it just now
    gave the same."""

    name: str
    before: tuple[float, float] | None
    after: tuple[float, float] | None
    is_same_again: bool


def checks(judge: Judge, *, before_id: int, after_id: int) -> list[Check]:
    """Each known file under the two versions, graded again. Slow where a key is not in memory yet."""
    found = []
    for old, new in zip(_known(judge, before_id), _known(judge, after_id), strict=True):
        pairs = ((old, before_id), (new, after_id))
        same = all(_is_same(judge, known, version_id) for known, version_id in pairs)
        found.append(Check(old.name, old.kept, new.kept, same))
    return found


def require_same_again(judge: Judge, version_id: int) -> None:
    """Raise Conflict when a known file comes to another score under the version than the kept one."""
    other = [known.name for known in _known(judge, version_id) if not _is_same(judge, known, version_id)]
    if other:
        raise Conflict(
            f"Graded again, {', '.join(other)} came to another score than the one that is kept, so nothing "
            "was changed. The grader, a library or the metric has changed since: ask for a new rescore."
        )


def _known(judge: Judge, version_id: int) -> list[Known]:
    return judge.db.read(lambda session: known_files(session, version_id), private=True)


def known_files(session: Session, version_id: int) -> list[Known]:
    """The competition's known files with their scores under one version; the sample first, then the tiers.

    Needs a session that may see private scores.
    """
    version = session.get_one(AnswerKeyVersion, version_id)
    sample = session.scalar(
        select(CompetitionFile).where(
            CompetitionFile.competition_id == version.competition_id, CompetitionFile.name == SAMPLE
        )
    )
    found = []
    if sample is not None:
        kept = session.get(PrivateKnownScore, (version_id, SAMPLE))
        scores = None if kept is None or kept.sha256 != sample.sha256 else (kept.public, kept.private)
        found.append(Known(SAMPLE, sample.sha256, scores))
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
        found.append(Known(f"{name.value} baseline", sha256, scores))
    return found


def _is_same(judge: Judge, known: Known, version_id: int) -> bool:
    """Whether grading the file now gives the kept scores; true where none are kept to compare with."""
    key = judge.db.read(lambda session: regrading.key_of_version(session, version_id))
    return known.kept is None or known.kept == _scores(
        key, grading.grade_file(judge.store, known.sha256, key=key, keys=judge.keys)
    )


def _scores(key: KeyOf, outcome: Outcome) -> tuple[float, float] | None:
    return (outcome.public, outcome.private) if isinstance(outcome, Grade) else None
