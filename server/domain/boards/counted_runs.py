"""Which runs of a baseline count, as conditions for the query that computes standings.

TIER and RUN are the tables that such a query joins to a baseline's team and to its submissions.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, ScalarSelect, and_, bindparam, or_, select, true
from sqlalchemy.sql.selectable import Subquery

from server.database.database import table_of
from server.models import BaselineRun, RunState, Submission, Team, ThresholdRule, Tier

TEAM, TIER, RUN = table_of(Team), table_of(Tier), table_of(BaselineRun)
THEN = bindparam("then", type_=Submission.received_at.type)
Ended = Callable[[FromClause], ColumnElement[bool]]  # which runs are there, of those that succeeded


def ever(run: FromClause) -> ColumnElement[bool]:
    """Every run, whenever it ended."""
    return true()


def by_then(run: FromClause) -> ColumnElement[bool]:
    """The runs that had ended at the instant `then`."""
    return run.c.finished_at <= THEN


def latest_run(column: str, ended: Ended) -> ScalarSelect[Any]:
    """A column of the latest successful run of a baseline's tier."""
    run = RUN.alias("latest_run")
    return (
        select(run.c[column])
        .where(run.c.tier_id == TEAM.c.tier_id, run.c.state == RunState.SUCCEEDED, ended(run))
        .order_by(run.c.finished_at.desc(), run.c.id.desc())
        .limit(1)
        .correlate(TEAM)
        .scalar_subquery()
    )


def is_of(submission_id: ColumnElement[int], ended: Ended) -> ColumnElement[bool]:
    """Whether RUN is a successful run of TIER that predicted this submission."""
    return and_(
        RUN.c.tier_id == TIER.c.id,
        RUN.c.submission_id == submission_id,
        RUN.c.state == RunState.SUCCEEDED,
        ended(RUN),
    )


def is_counted(ended: Ended) -> ColumnElement[bool]:
    """Whether TIER's rule lets RUN count."""
    rule = TIER.c.threshold_rule
    return and_(
        RUN.c.id.is_not(None),
        or_(
            rule == ThresholdRule.ALL_RUNS,
            (rule == ThresholdRule.ONE_RUN) & (RUN.c.id == TIER.c.threshold_run_id),
            (rule == ThresholdRule.LATEST) & (RUN.c.id == latest_run("id", ended)),
        ),
    )


def latest_runs(competition_id: int) -> Subquery:
    """The submission of each tier's latest successful run, as a table (tier_id, submission_id)."""
    return (
        select(TEAM.c.tier_id, latest_run("submission_id", ever).label("submission_id"))
        .where(TEAM.c.competition_id == competition_id, TEAM.c.tier_id.is_not(None))
        .subquery()
    )
