"""The offline check of a file: every format problem, without a server and without an answer key."""

import csv
from pathlib import Path

from client.errors import InvalidFile, Misuse
from client.types import ReportedProblem
from client.views import Checked
from grader.check import check
from grader.errors import BadSpec, InvalidSubmission, Problem
from grader.spec import GradingSpec


def check_file(file: Path, *, like: Path) -> Checked:
    """Return a well-formed file in a few numbers; raise InvalidFile with every problem.

    like: sample_submission.csv, whose ids and columns the file must have, and numbers where it has numbers.
    """
    return _checked(file, like=like, spec=None)


def check_file_for_metric(file: Path, *, like: Path, metric: str) -> Checked:
    """Do the same, with the values that `metric` can take; raise Misuse for a metric that does not exist."""
    with like.open(encoding="utf-8-sig", newline="") as sample:
        header = next(csv.reader(sample), [])
    try:
        spec = GradingSpec(metric, (header or [""])[0], tuple(header[1:]))
    except BadSpec as fault:
        raise Misuse(str(fault)) from None
    return _checked(file, like=like, spec=spec)


def _checked(file: Path, *, like: Path, spec: GradingSpec | None) -> Checked:
    try:
        found = check(file.read_bytes(), sample=like.read_bytes(), spec=spec)
    except InvalidSubmission as fault:
        raise InvalidFile(file.name, tuple(map(_reported, fault.problems))) from None
    return Checked(file=str(file), rows=found.rows, columns=found.columns, size=found.size)


def _reported(problem: Problem) -> ReportedProblem:
    return ReportedProblem(
        code=problem.code,
        message=problem.message,
        hint=problem.hint,
        count=problem.count,
        lines=problem.lines,
        examples=problem.examples,
    )
