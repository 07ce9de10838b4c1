"""The offline check of a file: every format problem, without a server and without an answer key."""

from pathlib import Path

from client.api.errors import InvalidFile, Misuse
from client.api.types.competitions import ReportedProblem
from client.output.views import Checked
from grader.check import CheckedFile, check
from grader.errors import InvalidSubmission, Problem, UnknownMetric


def check_file(file: Path, *, like: Path, metric: str | None = None) -> Checked:
    """A well-formed file in a few numbers; raises InvalidFile with every problem.

    like: sample_submission.csv, whose ids and columns the file must have. metric: says what values are
    allowed; without it, numbers where the sample has numbers. Raises Misuse for a metric that does not exist.
    """
    checked = check_bytes(file.read_bytes(), name=file.name, sample=like.read_bytes(), metric=metric)
    return Checked(file=str(file), rows=checked.rows, columns=checked.columns, size=checked.size)


def check_bytes(data: bytes, *, name: str, sample: bytes, metric: str | None) -> CheckedFile:
    """The same of a file's bytes; `name` is what the errors call it."""
    try:
        return check(data, sample=sample, metric=metric)
    except UnknownMetric as fault:
        raise Misuse(fault.args[0]) from None
    except InvalidSubmission as fault:
        raise InvalidFile(name, tuple(map(_reported, fault.problems))) from None


def _reported(problem: Problem) -> ReportedProblem:
    return ReportedProblem(
        code=problem.code,
        message=problem.message,
        hint=problem.hint,
        count=problem.count,
        lines=problem.lines,
        examples=problem.examples,
    )
