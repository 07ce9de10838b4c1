"""What can be wrong with a file, said so that its author can mend it.

GraderError
    BadSpec               a competition's settings contradict each other
        UnknownMetric     no metric has this name
    MissingLibrary        a metric is defined by a library that is not installed
    BadHomeworkFile       a competition.toml cannot be read, or its keys are out of bounds
    ProblemsFound         a file was read and found wanting
        InvalidSubmission a student's file: the student reads every problem word for word
        InvalidAnswerKey  an answer key: staff read it
    EmptySplit            a metric was asked about no rows
    OneClassOnly          a metric that compares two classes met one
    MetricFailed          a custom metric broke, or broke its limits: never the student's fault
        PrivateRowsFailed on the private rows, after it had scored the public ones
    Doubt                 the quick reader gives the file to the careful one; never leaves the grader

A problem of a submission never quotes the answer key's targets, and none tells what a private row holds: two
keys that differ in private targets alone give every file the same problems, where these have one shape.

The shape of a row is all that a problem may come of, and everybody has it, since a sample of another shape is
refused together with the key:

    ner_f1                 how many tokens a sentence has: as many tags stand in sample_submission.csv
    kendall_tau_orderings  which items are to be put in order: they stand there, in another order
    iou_class_maps         how many pixels an image has: so many stand there
    masks as runs          how many pixels an image has, where the key has columns of heights and widths: they
                           are those of the test set's images
"""

from dataclasses import asdict, dataclass

from grader.messages import OR, Message, Text, joined

SHOWN = 5  # lines and examples given of each problem; the count says how many there are


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of fault in a file, with how often and where it occurs.

    code: a stable word for programs. message: what was found and what was expected. hint: what to do.
    lines: the first few 1-based lines of the file (the header is line 1). examples: what stands there.
    """

    code: str
    message: str
    hint: str
    count: int = 1
    lines: tuple[int, ...] = ()
    examples: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """The problem as plain values for JSON; tuples become lists."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    @property
    def text(self) -> Text:
        """The whole problem but for its examples."""
        lines = f"{', '.join(map(str, self.lines))}{', ...' if self.count > len(self.lines) else ''}"
        location = Message("(line {lines})", lines=lines) if self.lines else ""
        return joined(self.message, location, self.hint)

    def __str__(self) -> str:
        return str(self.text)


class GraderError(Exception):
    """Base of everything the grader raises on purpose."""

    @property
    def text(self) -> str:
        """What it says, for whoever shows it in a language; str() of it is English alone."""
        return self.args[0] if self.args and isinstance(self.args[0], str) else str(self)


class BadSpec(GraderError, ValueError):
    """A grading spec names an unknown metric, or columns the metric cannot take."""


class UnknownMetric(BadSpec):
    """No metric has this name."""

    def __init__(self, name: str, nearest: list[str], reason: str = "") -> None:
        names = joined(*(repr(each) for each in nearest), between=OR)
        super().__init__(
            joined(
                Message("There is no metric {name}.", name=repr(name[:80])),
                reason,
                Message("Is {names} meant?", names=names) if nearest and not reason else "",
                Message("`python -m grader metrics` lists them all."),
            )
        )
        self.name = name
        self.nearest = nearest


class MissingLibrary(GraderError, ImportError):
    """A metric is defined by a library that is not installed."""

    def __init__(self, summary: Text, library: str) -> None:
        super().__init__(
            Message(
                "The metric ({summary}) needs the library {library}, which is not installed. Install it: pip "
                "install {library} (Splitboard's extra 'text' has all of them).",
                summary=summary,
                library=library,
            )
        )
        self.library = library


class BadHomeworkFile(GraderError):
    """A competition.toml cannot be used; `problems` has a sentence for each reason."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(joined(*problems))
        self.problems = problems


class ProblemsFound(GraderError):
    """A file cannot be used; `problems` lists every reason."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        assert problems, "an invalid file has a reason"
        super().__init__(joined(*(problem.message for problem in problems)))
        self.problems = problems


class InvalidSubmission(ProblemsFound):
    """A student's file breaks the rules. The file's fault, never ours; it costs no slot."""


class InvalidAnswerKey(ProblemsFound):
    """An answer key cannot be graded against, or gives its labels away."""


class EmptySplit(GraderError, ValueError):
    """A metric was asked for the score of no rows."""

    def __init__(self) -> None:
        super().__init__(Message("A score needs at least one row."))


class OneClassOnly(GraderError, ValueError):
    """A metric that compares two classes was given rows of one class."""

    def __init__(self) -> None:
        super().__init__(Message("This metric needs rows of both classes."))


class MetricFailed(GraderError):
    """A custom metric gave no score, by a fault of its own or of ours. Staff read why; students do not.

    reason: one sentence without values. message, traceback: the metric's own words, which may quote true
    values, so neither is part of str(error) and a log does not get them by accident.
    """

    def __init__(self, reason: str, *, message: str = "", traceback: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.message = message
        self.traceback = traceback

    def for_staff(self) -> str:
        """Everything that is known, for a page that only staff can open."""
        return joined(self.reason, self.traceback or self.message, between="\n")


class PrivateRowsFailed(MetricFailed):
    """A custom metric scored the public rows and gave no score for the private ones.

    public: that score. A student who learned of it would learn something about private values, which decided
    it; so to them the file is one that was scored.
    """

    def __init__(self, public: float, failure: MetricFailed) -> None:
        super().__init__(
            Message("On the private rows alone: {reason}", reason=failure.reason),
            message=failure.message,
            traceback=failure.traceback,
        )
        self.public = public


class Doubt(GraderError):
    """The quick way cannot prove that a file is right. Never seen outside: the careful way then decides."""
