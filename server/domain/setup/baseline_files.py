"""Re-entering: a cloned competition's thresholds from the files that its origin's baselines predicted.

The data are the same, so training again would only repeat what stands. The stored predictions go through the
same door as a worker's, and the run that enters them says which run made them.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.grade import Grade
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.baselines import runs as baselines
from server.domain.boards import standings
from server.domain.grading import grading_key
from server.domain.grading import record as grading
from server.domain.grading.grading_key import GradingKey
from server.domain.grading.outcome import Outcome
from server.domain.setup.cloning import Origin
from server.domain.submissions import submit as submissions
from server.domain.submissions.upload import Upload
from server.domain.teams import membership as teams
from server.models import BaselineRun, Competition, RunState, Submission, SubmissionState, Tier


def enter_again(
    session: Session,
    *,
    origin: Origin,
    clone: Competition,
    graded: dict[int, Outcome],
    by: Actor,
    now: datetime,
) -> list[str]:
    """Submit the origin's baseline predictions in the clone; the tiers that have a threshold now.

    graded: what each origin's submission came to, by its id, under the very key that the clone has. A tier
    without a scored file is left out; it needs a run. Needs a session that may see private scores.
    """
    key = replace(origin.key_of, answer_key_id=grading_key.current_key(session, clone).answer_key_id)
    copy = _Copy(origin.competition, clone, key, by, now)
    files = [
        name.value
        for name, run, submission in origin.runs
        if isinstance(graded.get(submission.id), Grade)
        and _enter(session, copy, run, submission, graded[submission.id])
    ]
    entered = list(dict.fromkeys(files))  # a tier of which all runs count has several
    if entered:
        act = audit.Act(
            "baselines_entered_again",
            f"competition {clone.slug}",
            competition=clone,
            details={"from": origin.competition.slug, "tiers": entered},
        )
        audit.record(session, act, by=by, now=now)
    return entered


@dataclass(frozen=True)
class _Copy:
    """What all files of one clone are entered with: from where, into what, under which key, by whom, when."""

    origin: Competition
    clone: Competition
    key: GradingKey
    by: Actor
    now: datetime

    def source(self, run: BaselineRun) -> str:
        """What the copy of a run says of where its predictions are from."""
        return f"run {run.id} of {self.origin.slug}"


def _enter(session: Session, copy: _Copy, run: BaselineRun, submission: Submission, outcome: Outcome) -> bool:
    """Enter one file; whether it has its scores now."""
    clone, now = copy.clone, copy.now
    name = session.get_one(Tier, run.tier_id).name
    tier = session.execute(
        select(Tier).where(Tier.competition_id == clone.id, Tier.name == name)
    ).scalar_one()
    team = teams.baseline_team(session, competition_id=clone.id, tier_id=tier.id)
    upload = Upload(f"{team.name}, {copy.source(run)}.csv", submission.sha256, submission.size)
    entered = submissions.submit_baseline(
        session, competition=clone, team=team, upload=upload, by=copy.by, now=now
    )
    _add_run(session, copy, run, tier, submission_id=entered.submission_id)
    state = grading.record(
        session, submission_id=entered.submission_id, key=copy.key, outcome=outcome, now=now
    )
    teams.lock_team(session, team.id)
    standings.refresh(session, competition_id=clone.id, team_id=team.id)
    return state is SubmissionState.SCORED


def _add_run(session: Session, copy: _Copy, old: BaselineRun, tier: Tier, *, submission_id: int) -> None:
    """Add a succeeded run that names the one which trained; the cost is that one's."""
    source, now = copy.source(old), copy.now
    session.add(
        BaselineRun(
            competition_id=copy.clone.id,
            tier_id=tier.id,
            seed=old.seed,
            state=RunState.SUCCEEDED,
            requested_by=copy.by.person_id,
            requested_at=now,
            started_at=now,
            finished_at=now,
            worker=source,
            device=old.device,
            progress={},
            curve=[],
            log=f"The predictions of {source} were entered again for this clone. Nothing was trained.\n",
            seconds=old.seconds,
            peak_memory_mb=old.peak_memory_mb,
            versions=old.versions,
            **{name: getattr(old, name) for name in baselines.COST},
            submission_id=submission_id,
        )
    )
    tier.trained_at = old.finished_at
    session.flush()


def waiting_tiers(session: Session, clone: Competition) -> list[str]:
    """The clone's tiers without a threshold yet, the easiest first."""
    states = baselines.tier_states(session, clone.id)
    tiers = session.scalars(select(Tier).where(Tier.competition_id == clone.id).order_by(Tier.place))
    return [tier.name.value for tier in tiers if states.get(tier.name) != "trained"]
