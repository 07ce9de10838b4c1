"""A pytest plugin that ends every run with the slowest tests and with each skip and its reason.

A test that silently does not run proves nothing, so the list of skips is part of the result. A slow test is
paid for by everybody who changes anything, so the slowest are named each time, by the seconds of processor
that they and the processes they waited for used: a busy machine does not change these much.
"""

import gc
import os
from collections import Counter
from collections.abc import Iterator

import pytest
from _pytest.terminal import TerminalReporter

SLOWEST = 20
WORTH_NAMING = 0.5  # seconds
GARBAGE_AFTER = 20_000  # new objects; a test makes some thousands
CPU, WALL = "cpu_seconds", "wall_seconds"
_started = pytest.StashKey[tuple[float, float]]()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Look for no garbage while the tests are collected: what is loaded then stays to the end."""
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Look for garbage from now on, among what the tests make alone, and less often than a server does."""
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)
    gc.enable()


def seconds_used() -> tuple[float, float]:
    """The processor's seconds of this process and of its ended children, and those on the clock."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system, times.elapsed


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Note when a test begins, its fixtures included."""
    item.stash[_started] = seconds_used()
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Put what the test used into the report of its last phase, which xdist carries to the first process."""
    if call.when == "teardown" and _started in item.stash:
        now, then = seconds_used(), item.stash[_started]
        used = zip((CPU, WALL), now, then, strict=True)
        item.user_properties.extend((name, end - start) for name, end, start in used)


def skip_reason(report: pytest.TestReport) -> str:
    """Why a test was skipped, without the "Skipped: " that pytest puts before it."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Write both lists after pytest's own report."""
    reports = [each for several in terminalreporter.stats.values() for each in several]
    write_slowest(terminalreporter, [each for each in reports if isinstance(each, pytest.TestReport)])
    write_skips(terminalreporter, terminalreporter.stats.get("skipped", []))


def write_slowest(terminal: TerminalReporter, reports: list[pytest.TestReport]) -> None:
    """Write the tests that used most of the processor, the worst first, and what all of them used."""
    used = {
        report.nodeid: {
            name: float(str(value)) for name, value in report.user_properties if name in (CPU, WALL)
        }
        for report in reports
        if CPU in dict(report.user_properties)
    }
    terminal.section(f"the slowest {SLOWEST}, by seconds of processor and on the clock")
    for test, seconds in sorted(used.items(), key=lambda each: -each[1][CPU])[:SLOWEST]:
        if max(seconds[CPU], seconds[WALL]) >= WORTH_NAMING:
            terminal.write_line(f"{seconds[CPU]:6.1f} {seconds[WALL]:6.1f}  {test}")
    total = [sum(each[name] for each in used.values()) for name in (CPU, WALL)]
    terminal.write_line(f"{total[0]:6.1f} {total[1]:6.1f}  all {len(used)} tests")


def write_skips(terminal: TerminalReporter, reports: list[pytest.TestReport]) -> None:
    """Write why tests did not run, equal reasons together."""
    places = Counter((report.nodeid.split("[")[0], skip_reason(report)) for report in reports)
    if not places:
        terminal.write_line("Nothing was skipped.")
        return
    terminal.section("skipped, and why")
    for (place, reason), times in sorted(places.items()):
        terminal.write_line(f"{place}{f' ({times} times)' if times > 1 else ''}: {reason}")
