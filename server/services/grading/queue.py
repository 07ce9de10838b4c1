"""Files that wait to be graded: one of a team at a time, and the courses by turns.

A file decides how long its metric takes, up to minutes for one of a homework's own. With one queue for all,
five slow files of one student let every other course wait. So a team's next file waits for its last, a
course never takes the last thread, and the course that was served longest ago comes next.
"""

from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Condition
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Sender:
    """Whose file is to be graded: the course, and within it the team, or a user who has none yet."""

    course_id: int
    team: str


@dataclass(frozen=True)
class _Job:
    sender: Sender
    work: Callable[[], Any]
    future: "Future[Any]"


class GradingQueue:
    """Threads that grade; `threads` of them for one course, and one more that another course finds free."""

    def __init__(self, threads: int) -> None:
        self._of_a_course = threads
        self._threads = ThreadPoolExecutor(threads + 1, thread_name_prefix="grader")
        self._most = threads + 1
        self._changed = Condition()
        self._waiting: OrderedDict[int, OrderedDict[str, deque[_Job]]] = OrderedDict()
        self._busy: set[Sender] = set()
        self._running: Counter[int] = Counter()

    def submit(self, sender: Sender, work: Callable[[], T]) -> "Future[T]":
        """A future of what `work` returns, which runs when it is this sender's turn."""
        future: Future[T] = Future()
        with self._changed:
            teams = self._waiting.setdefault(sender.course_id, OrderedDict())
            teams.setdefault(sender.team, deque()).append(_Job(sender, work, future))
            self._start_due()
        return future

    def shutdown(self) -> None:
        """Finish what waits and what runs, then end the threads."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._busy)
        self._threads.shutdown()

    def _start_due(self) -> None:
        while self._running.total() < self._most and (job := self._next()) is not None:
            self._busy.add(job.sender)
            self._running[job.sender.course_id] += 1
            self._threads.submit(self._run, job)

    def _next(self) -> _Job | None:
        """The next job, taken out; its course and its team go to the end of the line."""
        for course_id, teams in self._waiting.items():
            if self._running[course_id] >= self._of_a_course:
                continue
            for team, jobs in teams.items():
                if Sender(course_id, team) not in self._busy:
                    job = jobs.popleft()
                    self._step_back(course_id, team)
                    return job
        return None

    def _step_back(self, course_id: int, team: str) -> None:
        teams = self._waiting[course_id]
        teams.move_to_end(team)
        if not teams[team]:
            del teams[team]
        self._waiting.move_to_end(course_id)
        if not teams:
            del self._waiting[course_id]

    def _run(self, job: _Job) -> None:
        try:
            if job.future.set_running_or_notify_cancel():
                self._finish(job)
        finally:
            with self._changed:
                self._busy.discard(job.sender)
                self._running[job.sender.course_id] -= 1
                self._start_due()
                self._changed.notify_all()

    def _finish(self, job: _Job) -> None:
        try:
            result = job.work()
        except BaseException as error:  # handed to whoever waits for the future
            job.future.set_exception(error)
        else:
            job.future.set_result(result)
