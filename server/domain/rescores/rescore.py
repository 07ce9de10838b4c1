"""Rescores: from a new answer key version to the boards that show it, and back.

A rescore is asked for, graded in the background under a lease, previewed, and then applied in one
transaction, which switches the competition to the other version; until then nobody but staff sees anything
of it. A submission that arrives meanwhile is scored under the version of then. It gets its verdict under the
other version before the switch, which finds none missing, or does not happen.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session, aliased

from grader.messages import Message
from server.database.database import lock
from server.domain.audit import reasons
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.competitions import archiving
from server.domain.errors import Conflict, NotFound
from server.domain.grading import answer_keys, commitments
from server.domain.grading.answer_keys import NewVersion
from server.domain.rescores import verdicts as rescore_verdicts
from server.models import AnswerKeyVersion, Competition, Rescore, RescoreState, User
from server.words import word

OPEN = (RescoreState.GRADING, RescoreState.READY)
ARREARS = 50  # verdicts that may be missing of a ready rescore before the background takes them up


@dataclass(frozen=True)
class ListedRescore:
    """A rescore with its two versions, and the name of who asked for it; None for the command line."""

    rescore: Rescore
    before: AnswerKeyVersion
    after: AnswerKeyVersion
    asked_by: str | None


class LeaseLost(Exception):
    """The rescore is another process' now, or nobody's: it was applied or cancelled."""


def request(
    session: Session,
    *,
    competition: Competition,
    new: NewVersion,
    reason: str,
    by: Actor,
    now: datetime,
) -> Rescore:
    """A rescore to a new version, whose grading the background takes up.

    Raises Invalid without a reason, Conflict while another is open or when the key was changed meanwhile.
    Needs a session that may see private scores.
    """
    reason = reasons.required(reason)
    archiving.require_live(competition)
    lock_scores(session, competition.id)
    require_none_open(session, competition.id)
    version = answer_keys.add(session, new, competition=competition, reason=reason, by=by, now=now)
    commitments.commit(
        session, competition=competition, key=version, split_sha256=new.split_sha256, by=by, now=now
    )
    return _begin(session, competition=competition, to=version, reason=reason, by=by, now=now)


def request_back(
    session: Session, *, competition: Competition, to_key_id: int, reason: str, by: Actor, now: datetime
) -> Rescore:
    """A rescore to a version that there is already: only what has no verdict under it is graded."""
    reason = reasons.required(reason)
    archiving.require_live(competition)
    lock_scores(session, competition.id)
    require_none_open(session, competition.id)
    version = session.get_one(AnswerKeyVersion, to_key_id)
    return _begin(session, competition=competition, to=version, reason=reason, by=by, now=now)


def _begin(
    session: Session,
    *,
    competition: Competition,
    to: AnswerKeyVersion,
    reason: str,
    by: Actor,
    now: datetime,
) -> Rescore:
    current = answer_keys.current_of(session, competition.id)
    rescore = Rescore(
        competition_id=competition.id,
        from_key_id=current.id,
        to_key_id=to.id,
        total=rescore_verdicts.how_many_scored(session, competition.id),
        reason=reason,
        asked_by=by.user_id,
        created_at=now,
    )
    session.add(rescore)
    session.flush()
    act = audit.Act(
        "rescore_requested",
        f"rescore {rescore.id}",
        competition=competition,
        reason=reason,
        before=facts_of(current),
        after=facts_of(to),
    )
    audit.record(session, act, by=by, now=now)
    return rescore


def facts_of(version: AnswerKeyVersion) -> dict[str, Any]:
    """What makes a version, as the audit trail keeps it."""
    return {
        "version": version.version,
        "answer_key_sha256": version.sha256,
        "metric": version.metric,
        "metric_arguments": version.metric_arguments,
        "metric_sha256": version.metric_sha256,
        "higher_is_better": version.higher_is_better,
    }


def lock_scores(session: Session, competition_id: int) -> None:
    """Let nobody record a score of the competition until this transaction ends."""
    row = select(Competition.id).where(Competition.id == competition_id).with_for_update(key_share=True)
    lock(session, row, {})


def require_none_open(session: Session, competition_id: int) -> None:
    """Raise Conflict while a rescore of the competition is graded or waits for its switch."""
    rescore = session.scalar(
        select(Rescore).where(Rescore.competition_id == competition_id, Rescore.state.in_(OPEN))
    )
    if rescore is not None:
        raise Conflict(
            Message(
                "Rescore {rescore_id} of this competition is {state} still. Apply or cancel it before "
                "another begins.",
                rescore_id=rescore.id,
                state=word(rescore.state.value),
            )
        )


def of_competition(session: Session, competition_id: int) -> list[ListedRescore]:
    """The competition's rescores, the newest first."""
    before, after = aliased(AnswerKeyVersion), aliased(AnswerKeyVersion)
    rows = session.execute(
        select(Rescore, before, after, User.display_name)
        .join(before, before.id == Rescore.from_key_id)
        .join(after, after.id == Rescore.to_key_id)
        .outerjoin(User, User.id == Rescore.asked_by)
        .where(Rescore.competition_id == competition_id)
        .order_by(Rescore.id.desc())
    )
    return [ListedRescore(*row) for row in rows]


def get(session: Session, *, competition_id: int, rescore_id: int) -> Rescore:
    """One rescore of the competition; raises NotFound."""
    rescore = session.get(Rescore, rescore_id)
    if rescore is None or rescore.competition_id != competition_id:
        raise NotFound(
            Message("There is no rescore {rescore_id} of this competition.", rescore_id=rescore_id)
        )
    return rescore


def due_ids(session: Session, *, now: datetime) -> list[int]:
    """The rescores that no process works on and one should: to be graded, or ready and far in arrears."""
    idle = or_(Rescore.lease_until.is_(None), Rescore.lease_until <= now)
    rescores = session.scalars(select(Rescore).where(Rescore.state.in_(OPEN), idle).order_by(Rescore.id))
    return [
        each.id for each in rescores if each.state is RescoreState.GRADING or arrears(session, each) > ARREARS
    ]


def arrears(session: Session, rescore: Rescore) -> int:
    """How many scored submissions have no verdict under the rescore's new version."""
    return rescore_verdicts.how_many_missing(
        session, competition_id=rescore.competition_id, answer_key_id=rescore.to_key_id
    )


def claim(session: Session, *, rescore_id: int, lease: timedelta, now: datetime) -> Rescore | None:
    """The rescore, now leased to the caller, with its progress counted afresh.

    None when another works on it or it is open no more.
    """
    claimed = session.scalar(
        update(Rescore)
        .where(
            Rescore.id == rescore_id,
            Rescore.state.in_(OPEN),
            or_(Rescore.lease_until.is_(None), Rescore.lease_until <= now),
        )
        .values(lease_token=secrets.token_urlsafe(24), lease_until=now + lease, error="")
        .returning(Rescore.id)
        .execution_options(synchronize_session=False)
    )
    if claimed is None:
        return None
    rescore = session.get_one(Rescore, rescore_id, populate_existing=True)
    rescore.total = rescore_verdicts.how_many_scored(session, rescore.competition_id)
    rescore.done = rescore.total - arrears(session, rescore)
    session.flush()
    return rescore


def renew(
    session: Session, *, rescore_id: int, token: str, graded: int, lease: timedelta, now: datetime
) -> None:
    """Count so many files more, and keep the lease; raises LeaseLost when it is not the caller's any more."""
    values = {"done": Rescore.done + graded, "lease_until": now + lease}
    _change_leased(session, rescore_id, token, values)


def finish(session: Session, *, rescore_id: int, token: str) -> bool:
    """Make the rescore ready and give the lease back, if no verdict is missing; whether that was so."""
    rescore = session.get_one(Rescore, rescore_id, populate_existing=True)
    if arrears(session, rescore):
        return False
    total = rescore_verdicts.how_many_scored(session, rescore.competition_id)
    values = {"state": RescoreState.READY, "total": total, "done": total}
    _change_leased(session, rescore_id, token, values | {"lease_token": None, "lease_until": None})
    return True


def fail(session: Session, *, rescore_id: int, token: str, error: str) -> None:
    """Give the rescore up: its version cannot be graded by. Staff read why."""
    values = {"state": RescoreState.FAILED, "error": error, "lease_token": None, "lease_until": None}
    _change_leased(session, rescore_id, token, values)


def _change_leased(session: Session, rescore_id: int, token: str, values: dict[str, Any]) -> None:
    changed = session.execute(
        update(Rescore)
        .where(Rescore.id == rescore_id, Rescore.lease_token == token, Rescore.state.in_(OPEN))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(changed, CursorResult)
    if changed.rowcount != 1:
        raise LeaseLost


def cancel(
    session: Session, *, competition: Competition, rescore_id: int, reason: str, by: Actor, now: datetime
) -> None:
    """Give an open rescore up; its scores stay, unseen. Raises Conflict when it is open no more."""
    reason = reasons.required(reason)
    rescore = get(session, competition_id=competition.id, rescore_id=rescore_id)
    changed = session.scalar(
        update(Rescore)
        .where(Rescore.id == rescore_id, Rescore.state.in_(OPEN))
        .values(state=RescoreState.CANCELLED, lease_token=None, lease_until=None)
        .returning(Rescore.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise Conflict(
            Message(
                "Rescore {rescore_id} is {state}; there is nothing to cancel.",
                rescore_id=rescore_id,
                state=word(rescore.state.value),
            )
        )
    act = audit.Act(
        "rescore_cancelled",
        f"rescore {rescore_id}",
        competition=competition,
        reason=reason,
        before={"state": rescore.state.value},
        after={"state": RescoreState.CANCELLED.value},
    )
    audit.record(session, act, by=by, now=now)
