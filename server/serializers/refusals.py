"""The one JSON shape of every refusal: what a program reads, what a person reads, and the facts of both."""

from typing_extensions import TypedDict

from grader.messages import Catalogue, translated
from server.domain.errors import DomainError


class RefusalFactsJson(TypedDict):
    """Why nothing was done: a code for programs, a full sentence for people, and its facts."""

    code: str
    message: str
    details: dict[str, object]


class RefusalJson(TypedDict):
    """What is answered with a status of the 4xx or 5xx kind."""

    error: RefusalFactsJson


def refusal(error: DomainError, catalogue: Catalogue) -> RefusalJson:
    """A refusal as the API tells it, its sentences in the catalogue's language."""
    message, details = translated(error.message, catalogue), translated(error.details, catalogue)
    return {"error": {"code": error.code, "message": message, "details": details}}
