"""What grading one file comes to: a grade, problems of the file, or a failure of ours."""

from dataclasses import dataclass

from grader.errors import InvalidSubmission
from grader.grade import Grade


@dataclass(frozen=True)
class Failed:
    """Grading broke by our fault, which costs no slot; staff read the reason, which may quote true values."""

    reason: str


Outcome = Grade | InvalidSubmission | Failed
