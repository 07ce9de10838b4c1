"""What one process needs to take and grade uploads: database, files, answer keys, threads; and how it says
no."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from server.clock import utc_now
from server.database.database import Database
from server.domain.errors import DomainError
from server.domain.files.file_store import FileStore
from server.domain.grading import record as grading
from server.domain.grading.record import AnswerKeys, KeyOf, Outcome
from server.domain.submissions.receipt_keys import ReceiptKeys
from server.models import Competition, Submission, SubmissionState
from server.serializers.values import Json
from server.settings import Settings

T = TypeVar("T")
KEEPERS = 8  # files written and synced side by side; the disk groups their syncs


class FileRefused(DomainError):
    """The file is not a valid submission; `details` has every problem. No slot was used."""

    code = "invalid_submission"

    def __init__(self, submission: Json) -> None:
        problems = submission["problems"]
        found = "a problem" if len(problems) == 1 else f"{len(problems)} kinds of problems"
        super().__init__(
            f"This file has {found}, so it was not scored, and it cost no submission.",
            details={"problems": problems, "submission": submission},
        )


class OurFault(DomainError):
    """Grading broke; the file is kept and cost nothing."""

    code = "our_fault"

    def __init__(self, submission: Json) -> None:
        super().__init__(
            "Grading this file failed by our fault, not yours. It was not counted; the staff can see why.",
            details={"submission": submission},
        )


@dataclass
class Judge:
    """What taking and grading uploads needs, one for each process."""

    db: Database
    store: FileStore
    settings: Settings
    clock: Callable[[], datetime] = utc_now
    keys: AnswerKeys = field(init=False)
    receipt_keys: ReceiptKeys = field(init=False)
    graders: ThreadPoolExecutor = field(init=False)
    keepers: ThreadPoolExecutor = field(init=False)
    unfinished: set["asyncio.Task[None]"] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.keys = AnswerKeys(self.store)
        self.receipt_keys = ReceiptKeys(self.settings.receipt_keys_dir)
        self.graders = ThreadPoolExecutor(self.settings.grading_threads, thread_name_prefix="grader")
        self.keepers = ThreadPoolExecutor(KEEPERS, thread_name_prefix="keeper")

    def close(self) -> None:
        """Finish what runs and end the threads."""
        self.keys.close()
        self.graders.shutdown()
        self.keepers.shutdown()

    def record(self, submission: Submission, key: KeyOf, outcome: Outcome) -> SubmissionState:
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

        def look_up(session: Session) -> tuple[Submission, KeyOf]:
            submission = session.get_one(Submission, submission_id)
            competition = session.get_one(Competition, submission.competition_id)
            return submission, grading.current_key(session, competition)

        submission, key = self.db.read(look_up)
        return self.record(
            submission, key, grading.grade_stored(self.store, submission, key=key, keys=self.keys)
        )

    async def slowly(self, work: Callable[[], T]) -> T:
        """What `work` returns, which writes files or grades, in a thread beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self.keepers, work)
