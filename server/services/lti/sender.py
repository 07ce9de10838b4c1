"""The thread that sends waiting scores to their platforms, one a server process.

Whoever takes up a score whose sender died looks first whether it has arrived.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import httpx2
from sqlalchemy.orm import Session

from server.database.database import Database
from server.domain.lti import outbox
from server.domain.lti.outbox import ClaimedScore, ScoreOutcome
from server.logs import logger_of
from server.models import LtiContext, LtiPlatform
from server.services.lti.asking import PlatformServices
from server.services.lti.platforms import RESULT_SCOPE
from server.services.lti.scores import AWAY, ScoreReport, send_score
from server.services.sending import BATCH, BATCH_SECONDS, SendingThread
from server.services.sign_on.fetching import NoAnswer, RefusedByProvider, connection
from server.settings import Settings

log = logger_of(__name__)


@dataclass(frozen=True)
class _Gradebook:
    """Where the scores of one course of a platform go."""

    platform: LtiPlatform
    items: dict[int, str]
    can_look: bool


class ScoreSender(SendingThread):
    """Sends due scores until it is stopped; `clock` tells when one is due."""

    def __init__(
        self, db: Database, services: PlatformServices, *, clock: Callable[[], datetime], pause_seconds: float
    ) -> None:
        super().__init__(name="score sender", failure="the scores could not be sent")
        self._db, self._services = db, services
        self._clock, self._pause_seconds = clock, pause_seconds

    def look(self) -> float:
        """Send what is due; the seconds to the next look."""
        self.deliver_all()
        return self._pause_seconds

    def deliver_all(self) -> None:
        """Send what is due now."""
        while self._db.read(lambda session: outbox.is_due(session, now=self._clock())):
            claimed = self._db.write(lambda session: outbox.claim(session, most=BATCH, now=self._clock()))
            asyncio.run(self.deliver(claimed))
            if not claimed or self.is_stopping:
                return

    async def deliver(self, claimed: list[ClaimedScore]) -> None:
        """Send these scores, course by course, each over one connection; what was not tried is given back."""
        ends, untried = time.monotonic() + BATCH_SECONDS, list(claimed)
        try:
            for context_id in dict.fromkeys(score.context_id for score in claimed):
                own = [score for score in untried if score.context_id == context_id]
                gradebook = self._db.read(partial(_gradebook_of, context_id=context_id))
                async with connection() as client:
                    for score in own:
                        if time.monotonic() > ends or self.is_stopping:
                            return
                        untried.remove(score)
                        pause = await self._deliver(score, gradebook, client)
                        if pause is not None:
                            waiting = [each for each in untried if each.context_id == context_id]
                            untried = [each for each in untried if each.context_id != context_id]
                            self._give_back(waiting, again_at=self._clock() + pause)
                            break
        finally:
            self._give_back(untried, again_at=self._clock())

    async def _deliver(
        self, score: ClaimedScore, gradebook: _Gradebook, client: httpx2.AsyncClient
    ) -> timedelta | None:
        """Send one score and note what became of it; how long the platform takes nothing, if it does not."""
        item = gradebook.items.get(score.competition_id, "")
        if not item:
            report = ScoreReport(ScoreOutcome.REFUSED, "the column is gone; send the points again")
        else:
            report = await self._sent(gradebook, score, item, client)
        if report.pause is not None:
            log.warning("scores wait", label=gradebook.platform.label, reason=report.error)
        now = self._clock()

        def work(session: Session) -> None:
            outbox.note(session, score, report.outcome, error=report.error, now=now)
            if report.gone:
                ids = {"context_id": score.context_id, "competition_id": score.competition_id}
                outbox.keep_item(session, **ids, address="")

        self._db.write(work)
        return report.pause

    async def _sent(
        self, gradebook: _Gradebook, score: ClaimedScore, item: str, client: httpx2.AsyncClient
    ) -> ScoreReport:
        looks_first = score.may_be_there and gradebook.can_look
        try:
            return await send_score(
                self._services, gradebook.platform, score, item=item, looks_first=looks_first, client=client
            )
        except (NoAnswer, RefusedByProvider) as error:
            return ScoreReport(ScoreOutcome.DELAYED, str(error), pause=AWAY)

    def _give_back(self, scores: list[ClaimedScore], *, again_at: datetime) -> None:
        if scores:
            self._db.write(lambda session: outbox.give_back(session, scores, again_at=again_at))


def _gradebook_of(session: Session, context_id: int) -> _Gradebook:
    context = session.get_one(LtiContext, context_id)
    platform = session.get_one(LtiPlatform, context.platform_id)
    return _Gradebook(
        platform, outbox.items_of(session, context_id=context_id), RESULT_SCOPE in context.scopes
    )


def sender_of(settings: Settings, *, db: Database, clock: Callable[[], datetime]) -> ScoreSender:
    """The process' sender; it looks whether a score is due, and without a platform none ever is."""
    services = PlatformServices(settings.data_dir)
    return ScoreSender(db, services, clock=clock, pause_seconds=settings.sweep_seconds)
