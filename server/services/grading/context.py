"""What one process needs to take and grade files: database, files, answer keys, threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from server.clock import utc_now
from server.database.database import Database
from server.domain.files.file_store import FileStore
from server.domain.grading import grading_key
from server.domain.grading import record as grading
from server.domain.grading.grading_key import GradingKey
from server.domain.grading.outcome import Outcome
from server.domain.submissions.receipt_keys import ReceiptKeys
from server.logs import carried
from server.models import Competition, Submission, SubmissionState
from server.services.grading.answer_keys import AnswerKeys
from server.services.grading.grade import outcome_of_file
from server.services.grading.memory import FileMemory
from server.services.grading.queue import GradingQueue
from server.services.grading.turns import Turns
from server.settings import Settings

T = TypeVar("T")
KEEPERS = 8  # files written and synced side by side; the disk groups their syncs


@dataclass
class GradingContext:
    """What taking and grading files needs, one for each process."""

    db: Database
    store: FileStore
    settings: Settings
    clock: Callable[[], datetime] = utc_now
    keys: AnswerKeys = field(init=False)
    receipt_keys: ReceiptKeys = field(init=False)
    memory: FileMemory = field(init=False)
    turns: Turns = field(default_factory=Turns)
    graders: GradingQueue = field(init=False)
    keepers: ThreadPoolExecutor = field(init=False)
    unfinished: set["asyncio.Task[None]"] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.graders = GradingQueue(self.settings.grading_threads)
        self.keys = AnswerKeys(
            self.store,
            unconfined_metrics=self.settings.unconfined_metrics,
            scores_at_once=self.graders.at_once,
        )
        self.receipt_keys = ReceiptKeys(self.settings.receipt_keys_dir)
        self.memory = FileMemory(self.settings.upload_memory_bytes)
        self.keepers = ThreadPoolExecutor(KEEPERS, thread_name_prefix="keeper")

    def close(self) -> None:
        """Finish what runs and end the threads."""
        self.keys.close()
        self.graders.shutdown()
        self.keepers.shutdown()

    def record(self, submission: Submission, key: GradingKey, outcome: Outcome) -> SubmissionState:
        """Record and commit the outcome, unless another server has recorded one; the state after that."""
        return self.db.write(
            lambda session: grading.record(
                session, submission_id=submission.id, key=key, outcome=outcome, now=self.clock()
            ),
            private=True,
        )

    def grade_again(self, submission_id: int) -> SubmissionState:
        """Grade a stored file under the answer key as it is now and record that; the state afterwards.

        For a submission whose key was replaced while it was graded: its outcome was not recorded.
        """

        def first_row(session: Session) -> tuple[Submission, GradingKey]:
            submission = session.get_one(Submission, submission_id)
            competition = session.get_one(Competition, submission.competition_id)
            return submission, grading_key.current_key(session, competition)

        submission, key = self.db.read(first_row)
        return self.record(
            submission, key, outcome_of_file(self.store, submission.sha256, key=key, keys=self.keys)
        )

    async def in_thread(self, work: Callable[[], T]) -> T:
        """What `work` returns, which writes files or grades, in a thread beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self.keepers, carried(work))
