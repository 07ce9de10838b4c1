"""The test command: everything that proves the project works, in one process tree and in a fixed order.

`./splitboard test` runs ruff (rules and format), mypy, import-linter and pytest. With arguments, as in
`./splitboard test -k word tests/grader`, it hands them to pytest and leaves the others out, which is what one
wants while writing; `--lint-only` leaves pytest out. A step that fails does not stop the next ones. The last
line is "N passed, N failed, N skipped".
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
LINT_STEPS = {
    "ruff": ["-m", "ruff", "check", "--quiet", "."],
    "format": ["-m", "ruff", "format", "--check", "--quiet", "."],
    "mypy": ["-m", "mypy"],
    # It has no module to run, and the path in its script's first line would break when the folder is moved.
    "import-linter": ["-c", "from importlinter.cli import lint_imports_command as run; run(['--no-logo'])"],
}
# Two test processes, however many cores there are: the journeys start servers and workers of their own.
PYTEST = ["-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "-p", "tests.support.plugin_skips", "-rfE"]


def main(arguments: list[str]) -> int:
    """Run the steps that the arguments ask for and return the exit code for the shell, 0 when all is well."""
    os.chdir(ROOT)
    # Numerical libraries must not start a thread for every core in each of the test processes.
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    if arguments == ["--lint-only"]:
        return 1 if run_lint() else 0
    if arguments:
        print(f"{', '.join(LINT_STEPS)}: left out, since arguments are for pytest alone.", flush=True)
    broken = [] if arguments else run_lint()
    code, counts = run_pytest(arguments)
    for name in broken:
        print(f"FAILED {name}: see its lines above.")
    print(f"{counts['passed']} passed, {counts['failed'] + len(broken)} failed, {counts['skipped']} skipped")
    return code or (1 if broken else 0)


def run_lint() -> list[str]:
    """Run the tools that only read, each with its time, and return the names of those that complained."""
    return [name for name, command in LINT_STEPS.items() if run_step(name, command) != 0]


def run_step(name: str, command: list[str]) -> int:
    """Run one tool of .venv and return its exit code; its output is shown only when it complains."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    verdict = "ok" if done.returncode == 0 else "FAILED"
    if done.returncode != 0:
        print(done.stdout)
    print(f"{name:14} {verdict:7} {time.monotonic() - started:5.1f} s", flush=True)
    return done.returncode


def run_pytest(arguments: list[str]) -> tuple[int, dict[str, int]]:
    """Run pytest, whose report goes to the terminal; return its exit code and the counts in its file."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, *PYTEST, f"--junit-xml={report}", *arguments]
        started = time.monotonic()
        code = subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode
        verdict = "ok" if code == 0 else "FAILED"
        print(f"{'pytest':14} {verdict:7} {time.monotonic() - started:5.1f} s", flush=True)
        suites = ElementTree.parse(report).getroot().iter("testsuite") if report.exists() else []  # noqa: S314
        return code, count(suites)


def count(suites: Iterable[ElementTree.Element]) -> dict[str, int]:
    """Return how many tests passed, failed (errors included) and were skipped, from pytest's own report."""
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in suites:
        for key in totals:
            totals[key] += int(suite.get(key, "0"))
    failed = totals["failures"] + totals["errors"]
    return {
        "passed": totals["tests"] - failed - totals["skipped"],
        "failed": failed,
        "skipped": totals["skipped"],
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
