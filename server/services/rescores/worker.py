"""Grades a rescore's files in the background: `grader.processes.guarded` runs it with RESCORE_ID.

Two processes share the work. The grading itself is done by a child at the lowest priority, which has no lock
to hold. This process keeps the verdicts, a few dozen in a commit, so that a live upload waits for one short
transaction at the most. When it is killed, another one goes on where it stood once its lease has run out,
because what has a verdict is not graded again.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from grader.messages import Message, joined
from server import logs
from server.clock import utc_now
from server.database.database import Database
from server.domain.grading.grading_key import GradingKey
from server.domain.grading.outcome import Outcome
from server.domain.rescores import rescore as rescores
from server.domain.rescores import verdicts as rescore_verdicts
from server.domain.rescores.rescore import LeaseLost
from server.domain.rescores.verdicts import StoredSubmission, Verdict
from server.logs import logger_of
from server.models import Rescore
from server.processes.environment import environment_of
from server.services.heart import beating
from server.services.rescores.grader_client import GraderClient, KeyUnusable
from server.services.uploads.failpoints import failpoint
from server.settings import Settings, get_settings

BATCH = 64  # verdicts in one commit, at the most
BATCH_SECONDS = 2.0  # after which those that are there are kept
LOOK_AHEAD = 4096  # files that are looked up at a time
REMEMBERED = 100_000  # outcomes by hash: team mates, and students of two courses, send the same bytes
Grading = Callable[[Sequence[str]], Iterator[Outcome]]
log = logger_of(__name__)


@dataclass
class RescoreWorker:
    """One process' work on one rescore, under its lease. `grade` turns hashes into outcomes, in order."""

    db: Database
    grade: Grading
    rescore: Rescore
    lease: timedelta
    clock: Callable[[], datetime] = utc_now
    remembered: int = REMEMBERED
    known: dict[str, Outcome] = field(default_factory=dict)

    def work(self) -> None:
        """Give every scored submission its verdict, then make the rescore ready.

        Raises LeaseLost when that is another process' to do by now, or nobody's, and KeyUnusable.
        """
        key = self.db.read(lambda session: rescore_verdicts.key_of_version(session, self.rescore.to_key_id))
        with beating(self._beat, lease=self.lease, lost=LeaseLost):
            while not self.db.write(self._finish):
                missing = self.db.read(self._missing)
                for verdicts in batches(self._graded(missing)):
                    failpoint("before_verdicts")
                    self._keep(key, verdicts)

    def _graded(self, missing: list[StoredSubmission]) -> Iterator[Verdict]:
        if len(self.known) > self.remembered:
            self.known = {}
        hashes = [each.sha256 for each in missing]
        if self.remembered:
            hashes = list(dict.fromkeys(each for each in hashes if each not in self.known))
        graded = self.grade(hashes)
        for each in missing:
            if self.remembered and each.sha256 in self.known:
                yield each, self.known[each.sha256]
                continue
            self.known[each.sha256] = outcome = next(graded)
            yield each, outcome

    def _missing(self, session: Session) -> list[StoredSubmission]:
        return rescore_verdicts.missing(
            session,
            competition_id=self.rescore.competition_id,
            answer_key_id=self.rescore.to_key_id,
            most=LOOK_AHEAD,
        )

    def _keep(self, key: GradingKey, verdicts: list[Verdict]) -> None:
        def work(session: Session) -> None:
            self._renew(session, graded=len(verdicts))
            rescore_verdicts.keep(session, key=key, verdicts=verdicts, now=self.clock())

        self.db.write(work, private=True)

    def _renew(self, session: Session, *, graded: int) -> None:
        rescores.renew(
            session,
            rescore_id=self.rescore.id,
            token=self._token,
            graded=graded,
            lease=self.lease,
            now=self.clock(),
        )

    def _finish(self, session: Session) -> bool:
        return rescores.finish(session, rescore_id=self.rescore.id, token=self._token)

    def _beat(self) -> None:
        """Renew the lease while one slow file is graded, too."""
        self.db.write(lambda session: self._renew(session, graded=0))

    @property
    def _token(self) -> str:
        assert self.rescore.lease_token is not None, "only a claimed rescore is worked on"
        return self.rescore.lease_token


def batches(verdicts: Iterator[Verdict]) -> Iterator[list[Verdict]]:
    """The verdicts in lists of so many, or of as many as there are after a while."""
    batch: list[Verdict] = []
    began = time.monotonic()
    for verdict in verdicts:
        batch.append(verdict)
        if len(batch) >= BATCH or time.monotonic() - began >= BATCH_SECONDS:
            yield batch
            batch, began = [], time.monotonic()
    if batch:
        yield batch


def main(arguments: list[str]) -> None:
    """Work on the rescore with this id, unless another process does."""
    settings = get_settings()
    logs.configure(settings.log_level)
    logs.begin(rescore=int(arguments[0]))
    lease = timedelta(seconds=settings.lease_seconds)
    db = Database(settings.url)
    try:
        work_on(db, rescore_id=int(arguments[0]), lease=lease, settings=settings)
    finally:
        db.close()


def work_on(
    db: Database,
    *,
    rescore_id: int,
    lease: timedelta,
    settings: Settings,
    remembered: int = REMEMBERED,
) -> None:
    """Claim the rescore and grade what it lacks, in a process of its own."""
    rescore = db.write(
        lambda session: rescores.claim(session, rescore_id=rescore_id, lease=lease, now=utc_now())
    )
    if rescore is None:
        return
    token = rescore.lease_token or ""
    lane = GraderClient(rescore.to_key_id, environment_of(settings))
    try:
        RescoreWorker(db, lane.grade, rescore, lease, remembered=remembered).work()
    except LeaseLost:
        log.info("the rescore is another process' now, or nobody's")
    except KeyUnusable as unusable:
        error = joined(Message("The new answer key cannot be graded by."), unusable.args[0])
        db.write(lambda session: rescores.fail(session, rescore_id=rescore_id, token=token, error=error))
    finally:
        lane.close()


if __name__ == "__main__":
    main(sys.argv[1:])
