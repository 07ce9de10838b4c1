"""What an import of a roster would do on a scale, or in public, that somebody must have meant."""

from collections.abc import Iterator

from grader.messages import COMMA, Message, counted, joined
from server.domain.errors import Invalid
from server.domain.people.roster.diff import Approval, RosterDiff, RosterQuestion
from server.domain.people.roster.rows import RosterProblem

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
            "--drop",
            counted(
                "{count} active student is not in this file, and not {drop}, as was said.",
                "{count} active students are not in this file, and not {drop}, as was said.",
                dropped,
                drop=approval.drop,
            ),
            Message("If they have left, say --drop {dropped}.", dropped=dropped),
        )
    elif approval.drop is None and dropped >= DROPPED_LEAST and dropped > DROPPED_SHARE * active:
        yield RosterQuestion(
            f"--drop {dropped}",
            Message(
                "{dropped} of {active} active students are not in this file and would lose their access. "
                "A part of the roster drops everybody else.",
                dropped=dropped,
                active=active,
            ),
            Message("If they have left, say --drop {dropped}.", dropped=dropped),
        )
    nameless = [row.username for row in diff.added if row.name is None]
    if nameless and not approval.nameless:
        quoted = [Message("'{name}'", name=username) for username in nameless[:NAMED_MOST]]
        more = ["..."] if len(nameless) > NAMED_MOST else []
        yield RosterQuestion(
            "--nameless",
            counted(
                "{count} new person has no name, so all students would see their user names on the board: "
                "{names}.",
                "{count} new people have no name, so all students would see their user names on the board: "
                "{names}.",
                len(nameless),
                names=joined(*quoted, *more, between=COMMA),
            ),
            Message("Add a column 'name', or say --nameless."),
        )


def require_settled(diff: RosterDiff) -> None:
    """Raise Invalid where the file has a problem or a question is open."""
    if diff.problems:
        few = [
            Message("Line {line}: {message}", line=problem.line, message=problem.message)
            for problem in diff.problems[:5]
        ]
        raise Invalid(
            joined(
                counted(
                    "The roster has {count} problem, so nothing was changed.",
                    "The roster has {count} problems, so nothing was changed.",
                    len(diff.problems),
                ),
                *few,
            ),
            details={"problems": [{"line": each.line, "message": each.message} for each in diff.problems]},
        )
    if diff.questions:
        sentences = [text for each in diff.questions for text in (each.message, each.advice)]
        raise Invalid(joined(Message("Nothing was changed."), *sentences))
