"""A pytest plugin that ends every run with the slowest tests and with each skip and its reason.

A test that silently does not run proves nothing, so the list of skips is part of the result.
"""

from collections import Counter

import pytest
from _pytest.terminal import TerminalReporter


def skip_reason(report: pytest.TestReport) -> str:
    """Return why a test was skipped, without the "Skipped: " that pytest puts before it."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Write the list of skips, equal reasons together, after pytest's own report."""
    reports = terminalreporter.stats.get("skipped", [])
    places = Counter((report.nodeid.split("[")[0], skip_reason(report)) for report in reports)
    if not places:
        terminalreporter.write_line("Nothing was skipped.")
        return
    terminalreporter.section("skipped, and why")
    for (place, reason), times in sorted(places.items()):
        terminalreporter.write_line(f"{place}{f' ({times} times)' if times > 1 else ''}: {reason}")
