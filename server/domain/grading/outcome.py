"""What grading one file comes to: a grade, half of one, problems of the file, or a failure of ours."""

from dataclasses import dataclass

from grader.errors import InvalidSubmission
from grader.grade import Grade


@dataclass(frozen=True)
class Failed:
    """Grading broke by our fault, which costs no slot; staff read the reason, which may quote true values."""

    reason: str


@dataclass(frozen=True)
class PublicGrade:
    """The metric scored the public rows and failed on the private ones.

    Whether it does may depend on private values. So for students the submission is scored, and holds its
    slot; staff read the reason, and a rescore gives it the other score.
    """

    public: float
    reason: str


Outcome = Grade | PublicGrade | InvalidSubmission | Failed
