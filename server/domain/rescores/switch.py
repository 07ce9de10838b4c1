"""The switch: one transaction in which a competition goes over to another version of its answer key.

It sets the version and its metric, recomputes all standings, and gives both boards a new revision. No score
can be recorded meanwhile. Whoever reads sees the boards before it or after it.
"""

from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import reasons
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.boards import standings
from server.domain.competitions import archiving
from server.domain.errors import Conflict
from server.domain.rescores import notify
from server.domain.rescores import rescore as rescores
from server.domain.rescores import verdicts as rescore_verdicts
from server.models import (
    AnswerKeyVersion,
    AuditEntry,
    Competition,
    Rescore,
    RescoreState,
    Standing,
    Team,
    TeamKind,
)
from server.words import word

APPLIED, UNDONE = "rescore_applied", "rescore_undone"


class StillMissing(Exception):
    """Submissions were scored since the last look, and have no verdict under the other version yet."""


@dataclass(frozen=True)
class RescoreNote:
    """What everybody may read of a rescore that the boards have shown, or show."""

    at: datetime
    reason: str
    taken_back_because: str | None  # None: the boards show it, or a later one


@dataclass(frozen=True)
class _VersionSwitch:
    """From which version of the answer key to which a rescore takes the boards, as which act, and why."""

    rescore: Rescore
    act: str
    reason: str
    _: KW_ONLY
    before_id: int
    after_id: int


def apply(
    session: Session, *, competition_id: int, rescore_id: int, reason: str, by: Actor, now: datetime
) -> None:
    """Switch to the rescore's new version. Everybody may read `reason`.

    Raises Conflict unless the rescore is ready and the competition still at its old version, StillMissing
    when a scored submission has no verdict. Needs a session that may see private scores.
    """
    reason = reasons.required(reason)
    rescores.lock_scores(session, competition_id)
    rescore = rescores.get(session, competition_id=competition_id, rescore_id=rescore_id)
    values = {"state": RescoreState.APPLIED, "reason": reason, "lease_token": None, "lease_until": None}
    _end(session, rescore, RescoreState.READY, values | {"switched_at": now})
    change = _VersionSwitch(
        rescore, APPLIED, reason, before_id=rescore.from_key_id, after_id=rescore.to_key_id
    )
    _switch(session, change, by=by, now=now)


def undo(
    session: Session, *, competition_id: int, rescore_id: int, reason: str, by: Actor, now: datetime
) -> None:
    """Switch back to the version before an applied rescore. Everybody may read `reason`.

    Raises Conflict unless the boards show the rescore's version, and while another rescore is open;
    StillMissing as `apply` does.
    """
    reason = reasons.required(reason)
    rescores.lock_scores(session, competition_id)
    rescores.require_none_open(session, competition_id)
    rescore = rescores.get(session, competition_id=competition_id, rescore_id=rescore_id)
    _end(session, rescore, RescoreState.APPLIED, {"state": RescoreState.UNDONE, "switched_at": now})
    change = _VersionSwitch(
        rescore, UNDONE, reason, before_id=rescore.to_key_id, after_id=rescore.from_key_id
    )
    _switch(session, change, by=by, now=now)


def _end(session: Session, rescore: Rescore, before: RescoreState, values: dict[str, Any]) -> None:
    changed = session.scalar(
        update(Rescore)
        .where(Rescore.id == rescore.id, Rescore.state == before)
        .values(**values)
        .returning(Rescore.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise Conflict(
            Message(
                "Rescore {rescore_id} is {state}, and not {before}.",
                rescore_id=rescore.id,
                state=word(rescore.state.value),
                before=word(before.value),
            )
        )


def _switch(session: Session, change: _VersionSwitch, *, by: Actor, now: datetime) -> None:
    competition_id = change.rescore.competition_id
    before = session.get_one(AnswerKeyVersion, change.before_id)
    after = session.get_one(AnswerKeyVersion, change.after_id)
    archiving.require_live(session.get_one(Competition, competition_id))
    if rescore_verdicts.how_many_missing(session, competition_id=competition_id, answer_key_id=after.id):
        raise StillMissing
    was = _summary(session, competition_id)
    set_version(session, competition_id=competition_id, before=before, after=after)
    standings.new_revision(session, competition_id)
    act = audit.Act(
        change.act,
        f"rescore {change.rescore.id}",
        competition=session.get_one(Competition, competition_id),
        reason=change.reason,
        before=rescores.facts_of(before) | was,
        after=rescores.facts_of(after) | _summary(session, competition_id),
    )
    audit.record(session, act, by=by, now=now)
    notify.notify_teams(session, rescore=change.rescore, before=before, after=after, now=now)


def set_version(
    session: Session, *, competition_id: int, before: AnswerKeyVersion, after: AnswerKeyVersion
) -> None:
    """Set the competition's version and metric, and recompute all its standings.

    Raises Conflict when it is not at `before` any more. A preview rehearses this.
    """
    turned = session.scalar(
        update(Competition)
        .where(Competition.id == competition_id, Competition.answer_key_id == before.id)
        .values(
            answer_key_id=after.id,
            metric=after.metric,
            metric_arguments=after.metric_arguments,
            metric_sha256=after.metric_sha256,
            higher_is_better=after.higher_is_better,
        )
        .returning(Competition.id)
        .execution_options(synchronize_session=False)
    )
    if turned is None:
        raise Conflict(
            Message(
                "The boards are not at version {version} any more. Look at the list again.",
                version=before.version,
            )
        )
    session.expire_all()
    standings.refresh_all(session, competition_id=competition_id)


def _summary(session: Session, competition_id: int) -> dict[str, Any]:
    """The public board in short, for the audit trail: how many stand on it, and the tiers' thresholds."""
    rows = session.execute(
        select(Team.kind, Team.name, Standing.score)
        .join(Standing, Standing.team_id == Team.id)
        .where(Standing.competition_id == competition_id)
    ).all()
    return {
        "teams": sum(kind is TeamKind.STUDENT for kind, _, _ in rows),
        "public_thresholds": {name: score for kind, name, score in rows if kind is TeamKind.BASELINE},
    }


def notes(session: Session, competition_id: int) -> list[RescoreNote]:
    """When the boards were switched, and why, as everybody may know; the newest first."""
    rows = session.scalars(
        select(Rescore)
        .where(
            Rescore.competition_id == competition_id,
            Rescore.state.in_((RescoreState.APPLIED, RescoreState.UNDONE)),
        )
        .order_by(Rescore.switched_at.desc(), Rescore.id.desc())
    )
    undone = session.execute(
        select(AuditEntry.subject, AuditEntry.reason).where(
            AuditEntry.competition_id == competition_id, AuditEntry.act == UNDONE
        )
    ).all()
    why: dict[str, str] = dict(undone)
    return [
        RescoreNote(each.switched_at or each.created_at, each.reason, why.get(f"rescore {each.id}"))
        for each in rows
    ]
