"""A pytest plugin that keeps tests which share something costly in one process, and lets the long ways begin.

What is shared is a server, a kernel, a sandbox, a homework's data or the parsed sources: in several processes
each would make its own. The groups of pytest-xdist itself travel in the ids of the tests, which pytest does
not let it change any more; so the group is read from the id here, and a test that runs outside its group's
process fails.
"""

import os
import re
from functools import cache
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.support import shared

# The beginning of the ids of a group's tests, the first that fits; in the order in which the groups begin.
GROUPS = {
    "tests/journeys/test_upload_page.py": "upload page",
    "tests/journeys/test_accessibility.py": "accessibility",
    "tests/journeys/test_notebooks.py": "notebooks",
    "tests/journeys/": "journeys",  # servers, workers and browsers: they wait more than they compute
    "tests/faults/": "faults",
    "tests/grader/custom_metrics/": "sandbox",
    "tests/test_architecture.py": "sources",
    "tests/test_names.py": "sources",
}
OF_A_HOMEWORK = re.compile(r"tests/baselines/homeworks/.*?(hw\d\d_[a-z]+)")


def group_of(test: str) -> str:
    """The group of the test with this id; the id itself where it is alone."""
    for beginning, group in GROUPS.items():
        if test.startswith(beginning):
            return group
    match = OF_A_HOMEWORK.match(test)
    return match[1] if match else test


def place_of(test: str) -> int:
    """When a test begins: the groups in their order, then those of the homeworks, then the others."""
    group = group_of(test)
    order = list(dict.fromkeys(GROUPS.values()))
    return order.index(group) if group in order else len(order) + (group == test)


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """A process takes a whole group, or one test that is alone."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling:
    """Schedule by our groups, in the order of the tests."""
    config.option.loadscopereorder = False
    return GroupScheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes long, and nothing can take a part of, before the rest."""
    items.sort(key=lambda item: place_of(item.nodeid))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test whose group another process has."""
    group = group_of(item.nodeid)
    if group != item.nodeid and process_of(group) != os.getpid():
        pytest.fail(f"tests of the group {group!r} run in several processes; see tests/support/groups.py")


@cache
def process_of(group: str) -> int:
    """The process that ran the group's first test."""
    with shared.turn("groups"):
        path = shared.folder() / f"{group}.process"
        if not path.exists():
            path.write_text(str(os.getpid()), encoding="ascii")
        return int(path.read_text(encoding="ascii"))
