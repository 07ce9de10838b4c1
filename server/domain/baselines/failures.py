"""Notices to the staff of baseline runs that failed."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.notices import notices, receivers
from server.domain.notices.notices import NewNotice
from server.models import BaselineRun, Competition, NoticeKind, Right, Tier


def notify_staff(session: Session, *, run_ids: Collection[int], now: datetime) -> None:
    """A notice of each of these runs to those of the staff who see runs."""
    rows = session.execute(
        select(BaselineRun.id, Tier.name, Competition.id, Competition.course_id)
        .join(Tier, Tier.id == BaselineRun.tier_id)
        .join(Competition, Competition.id == Tier.competition_id)
        .where(BaselineRun.id.in_(run_ids))
        .order_by(BaselineRun.id)
    ).all()
    for run_id, tier, competition_id, course_id in rows:
        facts = {"run": run_id, "tier": tier.value}
        new = NewNotice(NoticeKind.RUN_FAILED, f"run_failed:{run_id}", competition_id, facts)
        notices.write(session, new, to=receivers.staff(course_id, Right.SEE_PRIVATE), now=now)
