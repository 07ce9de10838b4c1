"""The Ladder, where a competition asks for it: what a team is shown of a new public score.

The stored public score is what the Ladder released, so that pages, boards, tiers and points all show the same
and nothing else can be read anywhere. Private scores are as they are, and so are baselines.
"""

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from grader.scores.ladder import ladder_score
from grader.scores.ranks import sort_key
from server.database.database import execute, table_of
from server.models import PublicScore, Submission, Team, TeamKind

_TEAM, _SUBMISSION, _PUBLIC = table_of(Team), table_of(Submission), table_of(PublicScore)
_KIND = select(_TEAM.c.kind).where(_TEAM.c.id == bindparam("team_id"))
_BEST_SHOWN = (
    select(_PUBLIC.c.score)
    .join(_SUBMISSION, _SUBMISSION.c.id == _PUBLIC.c.submission_id)
    .where(
        _SUBMISSION.c.team_id == bindparam("team_id"),
        _PUBLIC.c.answer_key_id == bindparam("answer_key_id"),
    )
    .order_by(_PUBLIC.c.sort_key.desc())
    .limit(1)
)


def released_score(
    session: Session,
    *,
    team_id: int,
    answer_key_id: int,
    score: float,
    step: float,
    higher_is_better: bool,
) -> float:
    """The public score that is stored and shown of a submission that has this one.

    The caller holds the team's lock. A baseline's is its own.
    """
    if execute(session, _KIND, {"team_id": team_id}).scalar_one() is TeamKind.BASELINE:
        return score
    before = execute(session, _BEST_SHOWN, {"team_id": team_id, "answer_key_id": answer_key_id}).scalar()
    return ladder_score(before, score, step=step, higher_is_better=higher_is_better)


def as_released(row: dict[str, Any], score: float, *, higher_is_better: bool) -> dict[str, Any]:
    """A row of public scores with the released score in place of its own.

    It has no standard error, which would tell the score's last digits.
    """
    return row | {
        "score": score,
        "sort_key": sort_key(score, higher_is_better=higher_is_better),
        "standard_error": None,
    }
