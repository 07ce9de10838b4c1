"""Why a file is not taken as code, in the words that its sender reads."""

from grader.messages import Message
from server.domain.errors import DomainError, Invalid, TooLarge


class InvalidCode(Invalid):
    """The file is no code that can be taken; nothing was kept, and earlier versions stand."""

    code = "invalid_code"


class CodeTooLarge(TooLarge):
    """The file is larger than the competition takes."""

    def __init__(self, limit: int) -> None:
        DomainError.__init__(
            self,
            Message(
                "The code is larger than {limit:,} bytes, the most this competition takes. Hand in the "
                "code alone: no data, no models, no results, and notebooks without their outputs.",
                limit=limit,
            ),
            details={"limit_bytes": limit},
        )


def cut_off() -> InvalidCode:
    """For a file whose end is missing."""
    return InvalidCode(
        Message("The file is cut off: its end is missing. Make it anew, and hand in the whole of it.")
    )


def damaged() -> InvalidCode:
    """For a file whose parts do not fit together."""
    return InvalidCode(
        Message("The file is damaged: its parts do not fit together. Make it anew, and open it once first.")
    )


def nothing_in_it() -> InvalidCode:
    """For a file or an archive without any code."""
    return InvalidCode(
        Message("There is nothing in it. Choose the archive or notebook that holds your code.")
    )
