"""Files wait fairly: one of a team at a time, and no course keeps the others waiting."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Event
from time import sleep

import pytest

from server.services.grading.queue import GradingQueue, Sender
from tests.support.installation import Installation

SECONDS = 20  # for what must come at once on any machine


class Grading:
    """A queue with slow files, which end when they are let go, and the order in which files began."""

    def __init__(self, threads: int, **how: float) -> None:
        self.queue = GradingQueue(threads, **how)
        self.begun: list[str] = []
        self.let_go = Event()

    def slow(self, course: int, team: str) -> "Future[None]":
        """A file that is graded until all are let go, once it has begun."""
        began, name = Event(), f"{course}{team}"

        def work() -> None:
            self.begun.append(name)
            began.set()
            self.let_go.wait(SECONDS)

        future = self.queue.submit(Sender(course, team), work)
        future.began = began  # type: ignore[attr-defined]
        return future

    def quick(self, course: int, team: str) -> "Future[None]":
        """A file that is graded at once when its turn comes."""
        work: Callable[[], None] = lambda: self.begun.append(f"{course}{team}")  # noqa: E731
        return self.queue.submit(Sender(course, team), work)


@pytest.fixture
def grading() -> "Grading":
    return Grading(2)


def begins(future: "Future[None]") -> bool:
    """Whether a slow file begins now."""
    event: Event = future.began  # type: ignore[attr-defined]
    return event.wait(SECONDS)


def test_slow_files_of_one_team_leave_a_thread_to_its_course(grading: Grading) -> None:
    first, second = grading.slow(1, "a"), grading.slow(1, "a")
    assert begins(first)

    grading.quick(1, "b").result(SECONDS)

    assert not second.running()
    grading.let_go.set()
    second.result(SECONDS)
    assert grading.begun == ["1a", "1b", "1a"]
    grading.queue.shutdown()


def test_slow_files_of_one_course_leave_a_thread_to_the_others(grading: Grading) -> None:
    slow = [grading.slow(1, team) for team in "abcdef"]
    assert all(map(begins, slow[:2]))

    grading.quick(2, "z").result(SECONDS)

    assert sum(each.running() for each in slow) == 2
    grading.let_go.set()
    grading.queue.shutdown()
    assert all(each.done() for each in slow)


def test_courses_and_teams_come_by_turns(grading: Grading) -> None:
    slow = [grading.slow(1, "x"), grading.slow(1, "y"), grading.slow(2, "z")]
    assert all(map(begins, slow))
    for course, team in [(1, "a"), (1, "a"), (1, "b"), (2, "c"), (3, "d")]:
        grading.quick(course, team)
    third = grading.queue

    grading.let_go.set()
    third.shutdown()

    later = grading.begun[3:]
    assert sorted(later) == ["1a", "1a", "1b", "2c", "3d"]
    assert later.index("3d") < len(later) - 1


def test_a_file_that_is_not_wanted_any_more_is_passed_over_and_an_error_ends_one_file_alone() -> None:
    grading = Grading(1)
    slow = grading.slow(1, "a")
    assert begins(slow)
    cancelled = grading.quick(1, "b")
    assert cancelled.cancel()

    def broken() -> None:
        raise RuntimeError("no metric")

    failed, last = grading.queue.submit(Sender(1, "c"), broken), grading.quick(1, "d")
    grading.let_go.set()
    last.result(SECONDS)

    assert isinstance(failed.exception(SECONDS), RuntimeError)
    assert grading.begun == ["1a", "1d"]
    grading.queue.shutdown()


def test_slow_files_of_two_teams_give_a_place_to_the_rest_of_their_course() -> None:
    grading = Grading(2, slow_seconds=0.05)
    slow = [grading.slow(1, "a"), grading.slow(1, "b")]
    assert all(map(begins, slow))

    for team in "cdefg":
        grading.quick(1, team).result(SECONDS)

    assert all(each.running() for each in slow)
    grading.let_go.set()
    grading.queue.shutdown()


def test_teams_that_were_slow_share_one_place_and_others_find_theirs() -> None:
    grading = Grading(2, slow_seconds=0.05)
    for team in "ab":
        grading.queue.submit(Sender(1, team), lambda: sleep(0.06)).result(SECONDS)
    again = [grading.slow(1, "a"), grading.slow(1, "b")]
    assert begins(again[0])

    grading.quick(1, "c").result(SECONDS)

    assert not again[1].running()
    grading.let_go.set()
    assert begins(again[1])
    grading.queue.shutdown()


def test_a_server_computes_as_many_custom_scores_as_it_grades_files(installation: Installation) -> None:
    context = installation.context

    assert context.keys.sandbox.at_once == context.graders.at_once
