"""Scores on their way to platforms: rows that wait, so that no request waits for a platform.

As with mails (`notices/outbox.py`): a sender claims due ones by a conditional update, which counts the try
and sets the next one to the end of a lease; what it reports counts only under that number of tries and for
those points. The instant since which a student has them goes along, at every try the same, and a platform
refuses them where its own grade is newer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import assert_never

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from server.database import claims
from server.database.database import execute, table_of, upsert
from server.domain.lti.released import ReleasedScore
from server.domain.notices.outbox import LEASE, delay, one_line
from server.models import Competition, LtiContext, LtiItem, LtiScore, ScoreState, User

ERROR_MOST = 200  # as wide as the column
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
TROUBLES_MOST = 100  # scores that the page names
GIVEN_UP_AFTER = timedelta(days=3)
_SCORE, _ITEM = table_of(LtiScore), table_of(LtiItem)
WAITING = _SCORE.c.state == ScoreState.WAITING


class ScoreOutcome(StrEnum):
    """What became of a try: taken, not now, refused for good, or left for a newer grade."""

    SENT = "sent"
    DELAYED = "delayed"
    REFUSED = "refused"
    NEWER = "newer"


@dataclass(frozen=True)
class ClaimedScore:
    """A score that is ours to send until the lease is over; `tries` is the number by which we report."""

    id: int
    context_id: int
    competition_id: int
    subject: str
    points: float
    most: float
    changed_at: datetime
    tries: int

    @property
    def may_be_there(self) -> bool:
        """Whether an earlier try ended without our knowing how."""
        return self.tries > 1


def enqueue(session: Session, scores: Iterable[ReleasedScore], *, context: LtiContext, now: datetime) -> int:
    """Let these scores be sent, but for those that are there or on their way as they are; how many."""
    known = {
        (row.competition_id, row.user_id): row
        for row in session.scalars(select(LtiScore).where(LtiScore.context_id == context.id))
    }
    changed = 0
    for each in scores:
        row = known.get((each.competition_id, each.user_id))
        facts = (each.subject, each.points, each.most)
        if row is None:
            row = LtiScore(context_id=context.id, competition_id=each.competition_id, user_id=each.user_id)
            session.add(row)
        elif (row.subject, row.points, row.most) == facts and row.state is not ScoreState.REFUSED:
            continue
        row.subject, row.points, row.most = facts
        row.changed_at = row.next_try_at = now
        row.state, row.tries, row.error = ScoreState.WAITING, 0, ""
        changed += 1
    session.flush()
    return changed


def sent_pairs(session: Session, *, context_id: int) -> set[tuple[int, int]]:
    """Of which competition and account a score was sent to a platform's course, or is on its way."""
    rows = session.execute(
        select(LtiScore.competition_id, LtiScore.user_id).where(LtiScore.context_id == context_id)
    )
    return {(row.competition_id, row.user_id) for row in rows}


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether `claim` would find a score."""
    return (
        session.scalar(select(LtiScore.id).where(WAITING, LtiScore.next_try_at <= now).limit(1)) is not None
    )


def claim(session: Session, *, most: int, now: datetime) -> list[ClaimedScore]:
    """Some due scores, the longest due first: ours until the lease is over."""
    rows = claims.claim(
        session,
        _SCORE,
        due=and_(WAITING, _SCORE.c.next_try_at <= now),
        most=most,
        lease_ends=now + LEASE,
        columns=[field.name for field in fields(ClaimedScore)],
    )
    return [ClaimedScore(*row) for row in rows]


def note(session: Session, score: ClaimedScore, outcome: ScoreOutcome, *, error: str, now: datetime) -> None:
    """Keep what became of a score, and when it is due again; nothing, if it is no longer ours."""
    reason = one_line(error)[:ERROR_MOST]
    match outcome:
        case ScoreOutcome.SENT:
            _report(session, score, state=ScoreState.SENT, next_try_at=NEVER, error="")
        case ScoreOutcome.NEWER:
            _report(session, score, state=ScoreState.NEWER, next_try_at=NEVER, error="")
        case ScoreOutcome.REFUSED:
            _report(session, score, state=ScoreState.REFUSED, next_try_at=NEVER, error=reason)
        case ScoreOutcome.DELAYED:
            is_over = now - score.changed_at >= GIVEN_UP_AFTER
            state = ScoreState.REFUSED if is_over else ScoreState.WAITING
            _report(session, score, state=state, next_try_at=now + delay(score.tries), error=reason)
        case _:
            assert_never(outcome)


def give_back(session: Session, scores: Iterable[ClaimedScore], *, again_at: datetime) -> None:
    """These were not tried: they are due for whoever comes then."""
    for score in scores:
        _report(session, score, next_try_at=again_at, tries=score.tries - 1)


def _report(session: Session, score: ClaimedScore, **values: object) -> None:
    ours = (_SCORE.c.tries == score.tries, _SCORE.c.changed_at == score.changed_at, WAITING)
    session.execute(update(_SCORE).where(_SCORE.c.id == score.id, *ours).values(values))


def items_of(session: Session, *, context_id: int) -> dict[int, str]:
    """The addresses of the columns that a platform's course has, by competition."""
    rows = session.execute(
        select(LtiItem.competition_id, LtiItem.address).where(LtiItem.context_id == context_id)
    )
    return dict(rows.all())


def keep_item(session: Session, *, context_id: int, competition_id: int, address: str) -> None:
    """Note where the column of a competition is; "" where it is gone."""
    values = {"context_id": context_id, "competition_id": competition_id, "address": address}
    changed = upsert(_ITEM).on_conflict_do_update(
        index_elements=["context_id", "competition_id"], set_={"address": address}
    )
    execute(session, changed, values)


@dataclass(frozen=True)
class SentColumn:
    """How far the scores of one competition are on their way to one course of a platform, by state."""

    competition: Competition
    counts: dict[ScoreState, int]
    troubles: tuple[tuple[str, str], ...]  # whose score, and why it is not there yet


def columns(session: Session, *, context_id: int) -> list[SentColumn]:
    """The columns that points were sent for, the first competition first; some of the troubles of each."""
    counts: dict[int, dict[ScoreState, int]] = {}
    rows = session.execute(
        select(LtiScore.competition_id, LtiScore.state, func.count())
        .where(LtiScore.context_id == context_id)
        .group_by(LtiScore.competition_id, LtiScore.state)
    )
    for competition_id, state, count in rows:
        counts.setdefault(competition_id, {})[state] = count
    troubles = session.execute(
        select(LtiScore.competition_id, User.display_name, LtiScore.error)
        .join(User, User.id == LtiScore.user_id)
        .where(
            LtiScore.context_id == context_id, or_(LtiScore.error != "", LtiScore.state == ScoreState.REFUSED)
        )
        .order_by(LtiScore.id)
        .limit(TROUBLES_MOST)
    ).all()
    competitions = session.scalars(
        select(Competition)
        .where(Competition.id.in_(counts))
        .order_by(Competition.deadline_at, Competition.id)
    )
    return [
        SentColumn(
            each,
            counts[each.id],
            tuple((name, error) for competition_id, name, error in troubles if competition_id == each.id),
        )
        for each in competitions
    ]
