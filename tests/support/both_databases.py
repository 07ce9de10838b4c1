"""A pytest plugin that watches which modules of server/domain send their SQL to PostgreSQL.

Tests run on SQLite unless they are marked `both`. A whole run fails when a module that runs SQL did so on
SQLite alone: then a mark is missing.
"""

import ast
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from _pytest.config import Config
from _pytest.terminal import TerminalReporter
from sqlalchemy import Connection, Engine, event

from tests.__main__ import SHORT

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = ROOT / "server" / "domain"
RUN_SQL = {"execute", "scalar", "scalars", "get", "get_one", "flush", "query"}  # of a session
OUTPUT = "domain_on_postgresql"
seen: set[str] = set()


def modules_with_sql() -> set[str]:
    """The modules of server/domain in which a session runs SQL, by their dotted names."""
    files = (path for path in DOMAIN.rglob("*.py") if _runs_sql(ast.parse(path.read_text(encoding="utf-8"))))
    return {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files}


def _runs_sql(tree: ast.Module) -> bool:
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    named = (func for func in calls if isinstance(func, ast.Attribute) and func.attr in RUN_SQL)
    return any(isinstance(func.value, ast.Name) and func.value.id == "session" for func in named)


def _note(connection: Connection, *_: Any) -> None:
    """Write down whose statement this is: every module of server/domain that is being run just now."""
    if connection.dialect.name != "postgresql":
        return
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        seen.add(frame.f_globals.get("__name__", ""))
        frame = frame.f_back


def pytest_configure(config: Config) -> None:
    """Begin to watch."""
    event.listen(Engine, "before_cursor_execute", _note)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a test process has seen."""
    seen.update(getattr(node, "workeroutput", {}).get(OUTPUT, ()))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand on what this process has seen; the first one fails a whole run in which something is missing."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[OUTPUT] = sorted(modules_with_sql() & seen)
    elif is_whole(session.config) and modules_with_sql() - seen:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def is_whole(config: Config) -> bool:
    """Whether all short proofs run."""
    options = config.option
    is_everywhere = config.args_source is Config.ArgsSource.TESTPATHS
    return is_everywhere and options.markexpr == SHORT[1] and not options.keyword


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Name the modules that ran no SQL on PostgreSQL."""
    missing = sorted(modules_with_sql() - seen) if is_whole(terminalreporter.config) else []
    for module in missing:
        terminalreporter.write_line(f"FAILED {module}: no test runs its SQL on PostgreSQL; mark one `both`.")
