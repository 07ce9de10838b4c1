"""The test command: the proofs that the project works, in one process tree.

`./splitboard test` runs the short proofs: pytest, and beside it ruff (rules and format), mypy and
import-linter one after the other. `./splitboard test --all` runs the long proofs, which complete the short
ones and repeat none: what is killed anywhere, drawn lives at full depth, whole notebooks; docs/tests.md says
which and why. `./splitboard test --kaggle` installs Kaggle's own clients and drives them.

With arguments, as in `./splitboard test -k word tests/grader`, it hands them to pytest, short and long, and
leaves the other tools out, which is what one wants while writing; `--lint-only` leaves pytest out. A step
that fails does not stop the others. The last line is "N passed, N failed, N skipped".
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
LINT_STEPS = {
    "ruff": ["-m", "ruff", "check", "--quiet", "."],
    "format": ["-m", "ruff", "format", "--check", "--quiet", "."],
    "mypy": ["-m", "mypy"],
    # It has no module to run, and the path in its script's first line would break when the folder is moved.
    "import-linter": ["-c", "from importlinter.cli import lint_imports_command as run; run(['--no-logo'])"],
}
# Twice as many test processes as there are cores, since tests wait for servers, browsers and kernels.
PROCESSES = min(12, max(2, (os.cpu_count() or 2) * 2))
PYTEST = ["-m", "pytest", "-q", "-rfE"]
for name in ("plugin", "both_databases", "groups"):
    PYTEST += ["-p", f"tests.support.{name}"]
PYTEST += ["-n", str(PROCESSES), "--dist", "loadscope"]
SHORT, LONG = ["-m", "not long and not kaggle"], ["-m", "long and not kaggle"]
ALL, KAGGLE = "--all", "--kaggle"


class Step(NamedTuple):
    """How a step ended; its output is shown only when it complains."""

    name: str
    code: int
    seconds: float
    output: str = ""

    def tell(self) -> None:
        """Write its line, and its complaints above."""
        if self.code != 0 and self.output:
            print(self.output)
        print(f"{self.name:14} {'ok' if self.code == 0 else 'FAILED':7} {self.seconds:5.1f} s", flush=True)


def main(arguments: list[str]) -> int:
    """Run the steps that the arguments ask for and return the exit code for the shell, 0 when all is well."""
    if arguments in (["--help"], ["-h"]):
        print(__doc__)
        return 0
    os.chdir(ROOT)
    # Numerical libraries must not start a thread for every core in each of the test processes.
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    # Some two hundred Pythons start in a run; without what the first ones compiled each needs seconds more.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if arguments == ["--lint-only"]:
        return 1 if failures_of(run_lint()) else 0
    if arguments:
        print(f"{', '.join(LINT_STEPS)}: left out.", flush=True)
    with ThreadPoolExecutor(1) as beside:
        lint = beside.submit(run_lint if not arguments else list)
        step, counts = run_pytest(chosen(arguments))
        broken = failures_of([*lint.result(), step])
    for name in broken:
        print(f"FAILED {name}: see its lines above.")
    failed = counts["failed"] + len([name for name in broken if name in LINT_STEPS])
    print(f"{counts['passed']} passed, {failed} failed, {counts['skipped']} skipped")
    return step.code or (1 if broken else 0)


def chosen(arguments: list[str]) -> list[str]:
    """What pytest is told: the short proofs, the long ones, Kaggle's clients, and what a person asks for."""
    others = [each for each in arguments if each not in (ALL, KAGGLE)]
    if KAGGLE in arguments:
        return ["-m", "kaggle", *others]
    if ALL in arguments:
        return [*LONG, *others]
    return arguments or SHORT


def run_lint() -> list[Step]:
    """How the tools ended that only read."""
    return [run_step(name, command) for name, command in LINT_STEPS.items()]


def failures_of(steps: list[Step]) -> list[str]:
    """Write how the steps ended; the names of those that complained."""
    for step in steps:
        step.tell()
    return [step.name for step in steps if step.code != 0]


def run_step(name: str, command: list[str]) -> Step:
    """How one tool of .venv ended."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Step(name, done.returncode, time.monotonic() - started, done.stdout)


def run_pytest(arguments: list[str]) -> tuple[Step, dict[str, int]]:
    """Run pytest, whose report goes to the terminal; how it ended, and the counts in its file."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, *PYTEST, f"--junit-xml={report}", *arguments]
        started = time.monotonic()
        code = subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode
        suites = ElementTree.parse(report).getroot().iter("testsuite") if report.exists() else []  # noqa: S314
        return Step("pytest", code, time.monotonic() - started), count(suites)


def count(suites: Iterable[ElementTree.Element]) -> dict[str, int]:
    """How many tests passed, failed (errors included) and were skipped, from pytest's own report."""
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
