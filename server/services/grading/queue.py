"""Files that wait to be graded: one of a team at a time, and the courses by turns.

A file decides how long its metric takes, up to minutes for one of a homework's own. With one queue for all,
five slow files of one student let every other course wait. So a team's next file waits for its last, a
course never takes the last thread, and the course that was served longest ago comes next.

Within a course two slow files would hold both of its threads. So one that has run for a while gives its place
to the next, and teams whose files were slow of late share one place.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Condition, Timer
from typing import Any, TypeVar

T = TypeVar("T")
SLOW_SECONDS = 3.0  # that a file is graded before it gives its place to others
SLOW_FOR = 600.0  # seconds for which a team is known for slow files
OVERTIME_MOST = 1  # files beside the places: each takes a thread, and a custom metric's memory


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

    def __init__(self, threads: int, *, slow_seconds: float = SLOW_SECONDS) -> None:
        self._of_a_course, self._most = threads, threads + 1
        self._slow_seconds = slow_seconds
        self._threads = ThreadPoolExecutor(self.at_once, thread_name_prefix="grader")
        self._changed = Condition()
        self._waiting: OrderedDict[int, OrderedDict[str, deque[_Job]]] = OrderedDict()
        self._begun: dict[Sender, float] = {}  # of those that hold a place, when
        self._overtime: set[Sender] = set()  # of those that have given theirs
        self._slow_until: dict[Sender, float] = {}
        self._timer: Timer | None = None

    @property
    def at_once(self) -> int:
        """How many files are graded side by side at most."""
        return self._most + OVERTIME_MOST

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
            self._changed.wait_for(lambda: not self._waiting and not self._busy())
        self._threads.shutdown()

    def _busy(self) -> set[Sender]:
        return self._overtime.union(self._begun)

    def _start_due(self) -> None:
        now = time.monotonic()
        if self._waiting:
            self._end_turns(now)
        while len(self._begun) < self._most and (job := self._next(now)) is not None:
            self._begun[job.sender] = now
            self._threads.submit(self._run, job)
        self._look_again(now)

    def _end_turns(self, now: float) -> None:
        """Let files that have run for a while give their places, the longest first."""
        for sender, begun in sorted(self._begun.items(), key=lambda item: item[1]):
            if len(self._overtime) < OVERTIME_MOST and now - begun >= self._slow_seconds:
                del self._begun[sender]
                self._overtime.add(sender)

    def _look_again(self, now: float) -> None:
        """Wake up where a file that runs will have had its turn while others wait."""
        if self._timer is not None or not self._waiting or not self._begun:
            return
        if len(self._overtime) < OVERTIME_MOST:
            left = min(self._begun.values()) + self._slow_seconds - now
            self._timer = Timer(max(left, 0.0), self._wake)
            self._timer.daemon = True
            self._timer.start()

    def _wake(self) -> None:
        with self._changed:
            self._timer = None
            self._start_due()

    def _next(self, now: float) -> _Job | None:
        """The next job, taken out; its course and its team go to the end of the line."""
        busy = self._busy()
        for course_id, teams in self._waiting.items():
            if sum(each.course_id == course_id for each in self._begun) >= self._of_a_course:
                continue
            has_slow = any(each.course_id == course_id and self._is_slow(each, now) for each in busy)
            for team, jobs in teams.items():
                sender = Sender(course_id, team)
                if sender not in busy and not (has_slow and self._is_slow(sender, now)):
                    job = jobs.popleft()
                    self._step_back(course_id, team)
                    return job
        return None

    def _is_slow(self, sender: Sender, now: float) -> bool:
        """Whether the sender's file is slow now, or was of late."""
        return sender in self._overtime or self._slow_until.get(sender, 0.0) > now

    def _step_back(self, course_id: int, team: str) -> None:
        teams = self._waiting[course_id]
        teams.move_to_end(team)
        if not teams[team]:
            del teams[team]
        self._waiting.move_to_end(course_id)
        if not teams:
            del self._waiting[course_id]

    def _run(self, job: _Job) -> None:
        begun = time.monotonic()
        try:
            if job.future.set_running_or_notify_cancel():
                self._finish(job)
        finally:
            with self._changed:
                self._note_end(job.sender, begun)
                self._start_due()
                self._changed.notify_all()

    def _note_end(self, sender: Sender, begun: float) -> None:
        now = time.monotonic()
        self._begun.pop(sender, None)
        self._overtime.discard(sender)
        if now - begun >= self._slow_seconds:
            self._slow_until = {each: until for each, until in self._slow_until.items() if until > now}
            self._slow_until[sender] = now + SLOW_FOR

    def _finish(self, job: _Job) -> None:
        try:
            result = job.work()
        except BaseException as error:  # handed to whoever waits for the future
            job.future.set_exception(error)
        else:
            job.future.set_result(result)
