"""What an import of a roster would do on a scale, or in public, that somebody must have meant."""

from collections.abc import Iterator

from server.domain.errors import Invalid
from server.domain.people.roster.diff import Approval, RosterDiff, RosterQuestion
from server.domain.people.roster.file import RosterProblem

# Of the active students: beyond both, the file may be a part of the roster.
DROPPED_SHARE, DROPPED_LEAST = 0.1, 3
NAMED_MOST = 3


def still_doubtful(problems: tuple[RosterProblem, ...], approval: Approval) -> tuple[RosterProblem, ...]:
    """The problems without the doubts that were waved through."""
    return tuple(problem for problem in problems if not (problem.is_doubt and approval.as_written))


def open_questions(diff: RosterDiff, *, active: int, approval: Approval) -> Iterator[RosterQuestion]:
    """The questions that the approval leaves open. active: students in the course now."""
    dropped = len(diff.removed)
    if approval.drop is not None and approval.drop != dropped:
        yield RosterQuestion(
            "--drop", f"{dropped} active students are not in this file, and not {approval.drop}, as was said."
        )
    elif approval.drop is None and dropped >= DROPPED_LEAST and dropped > DROPPED_SHARE * active:
        yield RosterQuestion(
            f"--drop {dropped}",
            f"{dropped} of {active} active students are not in this file and would lose their access. "
            f"A part of the roster drops everybody else; if they have left, say --drop {dropped}.",
        )
    nameless = [row.username for row in diff.added if row.name is None]
    if nameless and not approval.nameless:
        shown = ", ".join(f"'{username}'" for username in nameless[:NAMED_MOST])
        more = ", ..." if len(nameless) > NAMED_MOST else ""
        people = "new person has" if len(nameless) == 1 else "new people have"
        yield RosterQuestion(
            "--nameless",
            f"{len(nameless)} {people} no name, so all students would see their user names on the "
            f"board: {shown}{more}. Add a column 'name', or say --nameless.",
        )


def require_settled(diff: RosterDiff) -> None:
    """Raise Invalid where the file has a problem or a question is open."""
    if diff.problems:
        few = " ".join(f"Line {problem.line}: {problem.message}" for problem in diff.problems[:5])
        raise Invalid(
            f"The roster has {len(diff.problems)} problems, so nothing was changed. {few}",
            details={"problems": [{"line": each.line, "message": each.message} for each in diff.problems]},
        )
    if diff.questions:
        raise Invalid(f"Nothing was changed. {' '.join(each.message for each in diff.questions)}")
