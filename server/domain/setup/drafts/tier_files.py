"""Thresholds from files: a tier's predictions, from staff, enter as those of a run that somebody made.

They go through the same door as a worker's, so that a threshold is always a score that a file has reached.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.audit.actor import Actor
from server.domain.baselines.thresholds import BY_HAND
from server.domain.boards import standings
from server.domain.files.file_store import StoredFile
from server.domain.grading import grading_key
from server.domain.grading import record as grading
from server.domain.grading.outcome import Outcome
from server.domain.submissions import submit as submissions
from server.domain.submissions.upload import Upload
from server.domain.teams import membership as teams
from server.models import BaselineRun, Competition, RunState, Tier, TierName


@dataclass(frozen=True)
class TierFile:
    """The predictions of a tier, and what they came to under the competition's key."""

    tier: TierName
    file: StoredFile
    outcome: Outcome


def enter(
    session: Session, tier_file: TierFile, *, competition: Competition, by: Actor, now: datetime
) -> BaselineRun:
    """Let the file set the tier's threshold, as a run that is returned.

    Needs a session that may see private scores.
    """
    tier = session.execute(
        select(Tier).where(Tier.competition_id == competition.id, Tier.name == tier_file.tier)
    ).scalar_one()
    team = teams.baseline_team(session, competition_id=competition.id, tier_id=tier.id)
    upload = Upload(f"{team.name}.csv", tier_file.file.sha256, tier_file.file.size)
    entry = submissions.submit_baseline(
        session, competition=competition, team=team, upload=upload, by=by, now=now
    )
    run = BaselineRun(
        competition_id=competition.id,
        tier_id=tier.id,
        seed=0,
        state=RunState.SUCCEEDED,
        requested_by=by.person_id,
        requested_at=now,
        started_at=now,
        finished_at=now,
        worker=BY_HAND,
        device="",
        progress={},
        curve=[],
        log="The predictions came as a file. Nothing was trained.\n",
        versions={},
        submission_id=entry.submission_id,
    )
    session.add(run)
    tier.trained_at = now
    session.flush()
    key = grading_key.current_key(session, competition)
    grading.record(session, submission_id=entry.submission_id, key=key, outcome=tier_file.outcome, now=now)
    teams.lock_team(session, team.id)
    standings.refresh(session, competition_id=competition.id, team_id=team.id)
    return run
