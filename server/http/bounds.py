"""What no request may hold, wherever it stands in it, checked before any route of pages or API runs.

A database keeps whole numbers of 64 bits and PostgreSQL no NUL in a text. What gets past here, in a form or
in JSON, meets the same words when the database or the clock refuses it (`server/app.py`).
"""

from fastapi import Request
from starlette.datastructures import FormData

from grader.homeworks.rules import FIRST_YEAR, LAST_YEAR
from grader.messages import Message
from server.domain.errors import Invalid, NotFound

LARGEST_ID = 2**63 - 1
NUL = "\0"
MARKS_OF_NUL = (b"\x00", b"\\u0000")  # as it is, and as JSON writes it


class BeyondBounds(Invalid):
    """A number, a time or a text that nothing here can be."""

    def __init__(self) -> None:
        super().__init__(
            Message(
                "A number, a time or a text of this request is beyond what can be kept: whole numbers "
                "have 64 bits, years are 1970 to 9000, and texts hold no NUL character. Nothing was "
                "changed."
            )
        )


async def require_bounds(request: Request) -> None:
    """Raise NotFound for an id that none can be, and BeyondBounds for a NUL in a path, a query or a body."""
    values = [str(value) for value in request.path_params.values()]
    if any(value.isdecimal() and value.isascii() and int_of(value) > LARGEST_ID for value in values):
        raise NotFound(Message("There is nothing with such a number here."))
    queries = [part for pair in request.query_params.multi_items() for part in pair]
    if any(NUL in value for value in (*values, *queries)) or _holds_nul(request):
        raise BeyondBounds


def int_of(digits: str) -> int:
    """The number, or one that is too large of as many digits as no id has."""
    return int(digits) if len(digits) <= len(str(LARGEST_ID)) else LARGEST_ID + 1


def require_year(year: int, text: str) -> None:
    """Raise Invalid for a year that no time here can have; `text` is the day or time as it was written."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid(
            Message(
                "The year of '{text}' is not within {first_year} and {last_year}.",
                text=text,
                first_year=FIRST_YEAR,
                last_year=LAST_YEAR,
            )
        )


def require_no_nul(form: FormData) -> None:
    """Raise BeyondBounds for a NUL in a text field or in the name of a file; what a file holds is its own."""
    texts = [value if isinstance(value, str) else value.filename or "" for value in form.values()]
    if any(NUL in text for text in texts):
        raise BeyondBounds


def _holds_nul(request: Request) -> bool:
    """Whether the JSON or the form that FastAPI has read for the route holds a NUL; files are not read."""
    body = getattr(request, "_body", None)
    if body is not None:
        return any(mark in body for mark in MARKS_OF_NUL)
    form = getattr(request, "_form", None)
    if form is not None:
        require_no_nul(form)
    return False
