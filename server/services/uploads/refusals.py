"""How an upload is refused once it was graded."""

from server.domain.errors import DomainError
from server.serializers.submissions import SubmissionJson


class FileRefused(DomainError):
    """The file is not a valid submission; `details` has every problem. No slot was used."""

    code = "invalid_submission"

    def __init__(self, submission: SubmissionJson) -> None:
        problems = submission["problems"]
        amount = "a problem" if len(problems) == 1 else f"{len(problems)} kinds of problems"
        super().__init__(
            f"This file has {amount}, so it was not scored, and it cost no submission.",
            details={"problems": problems, "submission": submission},
        )


class OurFault(DomainError):
    """Grading broke; the file is kept and cost nothing."""

    code = "our_fault"

    def __init__(self, submission: SubmissionJson) -> None:
        super().__init__(
            "Grading this file failed by our fault, not yours. It was not counted; the staff can see why.",
            details={"submission": submission},
        )
