"""The launch of a draft: asked for by an instructor, done in the background under a lease.

Building a homework's data takes up to some minutes, so no request waits for it. One process at a time works
on a launch; when it is killed, another one begins anew once its lease has run out. The competition and the
draft's last state are one transaction: a draft is launched once, or is a draft still, with what went wrong.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.errors import Conflict
from server.models import Competition, Draft, DraftState


class LaunchLost(Exception):
    """The launch is another process' now, or nobody's."""


def ask(session: Session, draft: Draft, *, trains: bool, by: Actor, now: datetime) -> None:
    """Let the draft be launched; raises Conflict when it is already, or was changed meanwhile."""
    changed = session.execute(
        update(Draft)
        .where(Draft.id == draft.id, Draft.step == draft.step, Draft.state == DraftState.WRITTEN)
        .values(state=DraftState.LAUNCHING, trains=trains, launched_by=by.user_id, error="")
        .execution_options(synchronize_session=False)
    )
    assert isinstance(changed, CursorResult)
    if changed.rowcount != 1:
        raise Conflict(
            Message("The draft '{slug}' was changed or launched meanwhile. Look again.", slug=draft.slug)
        )
    act = audit.Act("draft_launch_asked", f"draft {draft.slug}", course_id=draft.course_id)
    audit.record(session, act, by=by, now=now)


def due_ids(session: Session, *, now: datetime) -> list[int]:
    """The draft that is to be launched next, if no process works on any: one is launched at a time."""
    query = select(Draft.id, Draft.lease_until).where(Draft.state == DraftState.LAUNCHING)
    rows = session.execute(query.order_by(Draft.id)).all()
    if any(until is not None and until > now for _, until in rows):
        return []
    return [draft_id for draft_id, _ in rows[:1]]


def claim(session: Session, *, draft_id: int, lease: timedelta, now: datetime) -> Draft | None:
    """The draft, now leased to the caller; None when another works on it or it is not to be launched."""
    claimed = session.scalar(
        update(Draft)
        .where(
            Draft.id == draft_id,
            Draft.state == DraftState.LAUNCHING,
            or_(Draft.lease_until.is_(None), Draft.lease_until <= now),
        )
        .values(lease_token=secrets.token_urlsafe(24), lease_until=now + lease)
        .returning(Draft.id)
        .execution_options(synchronize_session=False)
    )
    return None if claimed is None else session.get_one(Draft, draft_id, populate_existing=True)


def renew(session: Session, draft: Draft, *, lease: timedelta, now: datetime) -> None:
    """Keep the lease; raises LaunchLost when it is not the caller's any more."""
    _change_leased(session, draft, lease_until=now + lease)


def finish(session: Session, draft: Draft, *, competition: Competition) -> None:
    """Say that the draft is this competition now; raises LaunchLost, and with it nothing of it holds."""
    _change_leased(
        session,
        draft,
        state=DraftState.LAUNCHED,
        competition_id=competition.id,
        lease_token=None,
        lease_until=None,
    )


def fail(session: Session, draft: Draft, *, error: str) -> None:
    """Make it a draft again, with why its launch came to nothing. Raises LaunchLost."""
    _change_leased(session, draft, state=DraftState.WRITTEN, error=error, lease_token=None, lease_until=None)


def _change_leased(session: Session, draft: Draft, **values: object) -> None:
    changed = session.execute(
        update(Draft)
        .where(
            Draft.id == draft.id,
            Draft.lease_token == draft.lease_token,
            Draft.state == DraftState.LAUNCHING,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(changed, CursorResult)
    if changed.rowcount != 1:
        raise LaunchLost
