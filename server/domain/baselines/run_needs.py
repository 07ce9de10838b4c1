"""What a run needs of its worker, and which waiting runs a worker can do in the time that it has.

A tier says whether it needs PyTorch, how much memory, and a card with how much. A worker says what it has
when it asks; one that says nothing, of an earlier version, is taken to have everything. A run that it cannot
do waits for one that can.
"""

from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from grader.messages import AND, Message, joined
from server.domain.competitions import access as competitions
from server.domain.errors import NotFound
from server.models import BaselineRun, CompetitionFile, RunState, Tier

MB_PER_GB = 1000


@dataclass(frozen=True)
class Abilities:
    """What a worker's machine has. card_memory_mb: of its largest card, 0 without one."""

    has_torch: bool
    memory_mb: float
    card_memory_mb: float


@dataclass(frozen=True)
class AskingWorker:
    """A worker that asks for a run.

    abilities: None where it does not say. seconds_most: how long it will be there, None for ever.
    """

    name: str
    abilities: Abilities | None = None
    seconds_most: float | None = None


def doable(session: Session, *, worker: AskingWorker) -> list[ColumnElement[bool]]:
    """The conditions on Tier under which this worker can do a run of it in its time."""
    conditions: list[ColumnElement[bool]] = []
    if worker.abilities is not None:
        can = worker.abilities
        conditions += [
            Tier.needs_memory_gb * MB_PER_GB <= can.memory_mb,
            Tier.needs_card_gb * MB_PER_GB <= can.card_memory_mb,
        ]
        if not can.has_torch:
            conditions.append(Tier.needs_torch.is_(False))
    if worker.seconds_most is not None:
        active = select(BaselineRun.tier_id).where(
            BaselineRun.state.in_((RunState.REQUESTED, RunState.RUNNING))
        )
        usual = usual_seconds(session, list(session.scalars(select(Tier).where(Tier.id.in_(active)))))
        fitting = [tier_id for tier_id, seconds in usual.items() if seconds <= worker.seconds_most]
        conditions.append(Tier.id.in_(fitting))
    return conditions


def words_of(tier: Tier) -> str:
    """What a worker of this tier needs, as it stands after "waits for a worker"; empty where any will do."""
    needs: list[str] = []
    if tier.needs_torch:
        needs.append("PyTorch")
    if tier.needs_memory_gb:
        needs.append(Message("{size:g} GB of memory", size=tier.needs_memory_gb))
    if tier.needs_card_gb:
        needs.append(Message("a card of {size:g} GB", size=tier.needs_card_gb))
    return Message("with {things}", things=joined(*needs, between=AND)) if needs else ""


def usual_seconds(session: Session, tiers: list[Tier]) -> dict[int, float]:
    """How long a run of each tier takes: the median of those that succeeded, else what the tier states."""
    durations: dict[int, list[float]] = defaultdict(list)
    rows = session.execute(
        select(BaselineRun.tier_id, BaselineRun.seconds).where(
            BaselineRun.tier_id.in_({tier.id for tier in tiers}),
            BaselineRun.state == RunState.SUCCEEDED,
        )
    )
    for tier_id, seconds in rows:
        if seconds is not None:
            durations[tier_id].append(seconds)
    return {
        tier.id: median(durations[tier.id]) if durations[tier.id] else tier.minutes * 60 for tier in tiers
    }


def file_hashed(session: Session, *, competition_id: int, sha256: str) -> CompetitionFile:
    """The public file with these bytes; NotFound when this competition hands out no such file."""
    for file in competitions.files_of(session, competition_id):
        if file.sha256 == sha256:
            return file
    raise NotFound(Message("This competition has no public file with that hash."))
