"""How an upload is refused for what came, and once it was graded."""

from grader.messages import Message, counted
from server.domain.errors import DomainError, Invalid
from server.serializers.submissions.submissions import SubmissionJson


class EmptyFile(Invalid):
    """Nothing came."""

    code = "empty_file"

    def __init__(self) -> None:
        super().__init__(
            Message(
                "The file is empty: not one byte came. Write the predictions into it, and submit it again; a "
                "program sends the file's bytes as the body of its request."
            )
        )


class FileRefused(DomainError):
    """The file is not a valid submission; `details` has every problem. No slot was used."""

    code = "invalid_submission"

    def __init__(self, submission: SubmissionJson) -> None:
        problems = submission["problems"]
        super().__init__(
            counted(
                "This file has a problem, so it was not scored, and it cost no submission.",
                "This file has {count} kinds of problems, so it was not scored, and it cost no submission.",
                len(problems),
            ),
            details={"problems": problems, "submission": submission},
        )


class OurFault(DomainError):
    """Grading broke; the file is kept and cost nothing."""

    code = "our_fault"

    def __init__(self, submission: SubmissionJson) -> None:
        super().__init__(
            Message(
                "Grading this file failed by our fault, not yours. It was not counted; the staff can see why."
            ),
            details={"submission": submission},
        )
