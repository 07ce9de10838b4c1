"""Which runs set a tier's threshold: the latest, one that staff pick, or all that succeeded.

The rule is the tier's; `standings` computes the baseline team's two standings by it, and everything that
reads a threshold reads those: boards, tiers passed, points, grades, snapshots, rescores. Of all runs the
median counts, on each split by itself; of an even number the worse of the two in the middle, so that a
threshold is always a score that a run has reached. For `simple` it is the worst run: what the easiest tier
promises should not hang on a lucky seed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from grader.messages import Message
from server.domain.audit import reasons
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.boards import standings
from server.domain.boards.standings import StandingTable
from server.domain.competitions import archiving
from server.domain.errors import Invalid, NotFound
from server.domain.teams import membership as teams
from server.models import (
    BaselineRun,
    Competition,
    PrivateStanding,
    RunState,
    Standing,
    ThresholdRule,
    Tier,
    TierName,
)
from server.words import word

BY_HAND = "handed in as a file"  # the worker of a run that nobody trained


@dataclass(frozen=True)
class Threshold:
    """How a tier's threshold stands; None where there is none.

    rule and run_id: as staff chose. counted: the runs that count; public_run and private_run: those whose
    scores it is on the two splits.
    """

    tier: Tier
    rule: ThresholdRule
    run_id: int | None
    counted: tuple[int, ...]
    public_run: int | None
    private_run: int | None
    public: float | None
    private: float | None


@dataclass(frozen=True)
class Choice:
    """Which runs a tier's threshold is to come from, and why; `run_id` for the rule of one run."""

    tier_name: str
    rule: ThresholdRule
    run_id: int | None
    reason: str


def choose(
    session: Session, choice: Choice, *, competition: Competition, by: Actor, now: datetime
) -> Threshold:
    """Let a tier's threshold come from these runs from now on.

    Raises NotFound for a tier or a run that is not here, Invalid for a run that set no score. Needs a session
    that may see private scores.
    """
    archiving.require_live(competition)
    reason, rule = reasons.required(choice.reason), choice.rule
    tier = tier_named(session, competition, choice.tier_name)
    hold(session, tier)
    run_id = _picked_run(session, tier, choice.run_id) if rule is ThresholdRule.ONE_RUN else None
    before = _facts(session, tier)
    tier.threshold_rule, tier.threshold_run_id = rule, run_id
    session.flush()
    settle(session, tier)
    act = audit.Act(
        "threshold_chosen",
        f"tier {tier.name.value}",
        competition=competition,
        reason=reason,
        before=before,
        after=_facts(session, tier),
    )
    audit.record(session, act, by=by, now=now)
    return of_tier(session, tier)


def hold(session: Session, tier: Tier) -> None:
    """Hold the tier's team until the transaction ends, and read the tier anew.

    Whoever changes its rule or adds a run does so one at a time, and locks the team before the tier's row.
    """
    team = teams.baseline_team(session, competition_id=tier.competition_id, tier_id=tier.id)
    teams.lock_team(session, team.id)
    session.refresh(tier)


def settle(session: Session, tier: Tier) -> None:
    """Bring the tier's standings and its cost into line with the runs that count now.

    The cost is the median of their wall times, and the latest one's device. The caller holds the tier, and a
    session that may see private scores.
    """
    team = teams.baseline_team(session, competition_id=tier.competition_id, tier_id=tier.id)
    standings.refresh(session, competition_id=tier.competition_id, team_id=team.id)
    counted = counted_runs(session, tier)
    seconds = [run.seconds for run in counted if run.seconds is not None]
    if seconds:
        tier.minutes = round(median(seconds) / 60, 2)
    devices = [run.device for run in counted if run.device]
    if devices:
        tier.hardware = devices[-1]
    session.flush()


def counted_runs(session: Session, tier: Tier) -> list[BaselineRun]:
    """The runs that the tier's rule lets count, the oldest first."""
    rows = list(
        session.scalars(
            select(BaselineRun)
            .where(BaselineRun.tier_id == tier.id, BaselineRun.state == RunState.SUCCEEDED)
            .order_by(BaselineRun.finished_at, BaselineRun.id)
            .options(defer(BaselineRun.log))
        )
    )
    match tier.threshold_rule:
        case ThresholdRule.LATEST:
            return rows[-1:]
        case ThresholdRule.ONE_RUN:
            return [run for run in rows if run.id == tier.threshold_run_id]
        case ThresholdRule.ALL_RUNS:
            return rows


def of_competition(session: Session, competition_id: int) -> list[Threshold]:
    """How each tier's threshold stands, the easiest first. Needs a session that may see private scores."""
    tiers = select(Tier).where(Tier.competition_id == competition_id).order_by(Tier.place)
    return [of_tier(session, tier) for tier in session.scalars(tiers)]


def of_tier(session: Session, tier: Tier) -> Threshold:
    """How a tier's threshold stands. Needs a session that may see private scores."""
    team = teams.baseline_team(session, competition_id=tier.competition_id, tier_id=tier.id)
    public, private = (_stands(session, table, team.id) for table in (Standing, PrivateStanding))
    counted = counted_runs(session, tier)
    run_of: dict[int | None, int] = {run.submission_id: run.id for run in counted}
    return Threshold(
        tier=tier,
        rule=tier.threshold_rule,
        run_id=tier.threshold_run_id,
        counted=tuple(run.id for run in counted),
        public_run=run_of.get(public[0]),
        private_run=run_of.get(private[0]),
        public=public[1],
        private=private[1],
    )


def _stands(session: Session, split: StandingTable, team_id: int) -> tuple[int | None, float | None]:
    """The submission and the score of a team's standing, read anew.

    A refresh writes past the session's objects.
    """
    row = session.execute(select(split.submission_id, split.score).where(split.team_id == team_id))
    standing = row.one_or_none()
    return (None, None) if standing is None else (standing.submission_id, standing.score)


def words_of(session: Session, competition_id: int) -> dict[TierName, str]:
    """From which runs each tier's threshold comes, in words for everybody; nothing of it is private."""
    rows = session.execute(
        select(Tier, BaselineRun.id, BaselineRun.worker)
        .outerjoin(BaselineRun, (BaselineRun.tier_id == Tier.id) & (BaselineRun.state == RunState.SUCCEEDED))
        .where(Tier.competition_id == competition_id)
        .order_by(Tier.place, BaselineRun.finished_at, BaselineRun.id)
    ).all()
    workers: dict[Tier, dict[int, str]] = {}
    for tier, run_id, worker in rows:
        runs = workers.setdefault(tier, {})
        if run_id is not None:
            runs[run_id] = worker
    return {tier.name: rule_in_words(tier, runs) for tier, runs in workers.items()}


def rule_in_words(tier: Tier, workers: Mapping[int, str]) -> str:
    """The tier's rule in words. workers: who made each of its runs that succeeded, the oldest first."""
    latest = [*workers][-1] if workers else None
    if tier.threshold_rule is not ThresholdRule.ALL_RUNS:
        is_latest = tier.threshold_rule is ThresholdRule.LATEST
        run_id = latest if is_latest else tier.threshold_run_id
        if run_id is not None and workers.get(run_id) == BY_HAND:
            return Message("a file of the course staff")
        return Message("the latest run") if is_latest else Message("one run, picked by staff")
    if len(workers) <= 1:
        return Message("the only run so far")
    if tier.name is TierName.SIMPLE:
        return Message("the worst of {runs} runs", runs=len(workers))
    return Message("the median of {runs} runs", runs=len(workers))


def tier_named(session: Session, competition: Competition, name: str) -> Tier:
    """The competition's tier of this name; raises NotFound."""
    for tier in session.scalars(select(Tier).where(Tier.competition_id == competition.id)):
        if tier.name.value == name:
            return tier
    raise NotFound(Message("There is no tier '{name}' here.", name=name[:40]))


def _picked_run(session: Session, tier: Tier, run_id: int | None) -> int:
    run = None if run_id is None else session.get(BaselineRun, run_id)
    if run is None or run.tier_id != tier.id:
        raise NotFound(
            Message(
                "There is no run {run_id} of the tier {tier}. Choose one of its own runs.",
                run_id=run_id,
                tier=tier.name.value,
            )
        )
    if run.state is not RunState.SUCCEEDED:
        raise Invalid(
            Message(
                "Run {run_id} has no score: it is {state}. Choose a run that succeeded.",
                run_id=run_id,
                state=word(run.state.value),
            )
        )
    return run.id


def _facts(session: Session, tier: Tier) -> dict[str, object]:
    """For the audit trail: the rule, the run, and the public threshold that comes of them."""
    stands = of_tier(session, tier)
    return {"rule": stands.rule.value, "run": stands.run_id, "public_threshold": stands.public}
