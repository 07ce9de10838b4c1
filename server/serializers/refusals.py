"""The one JSON shape of every refusal: what a program reads, what a person reads, and the facts of both."""

from typing_extensions import TypedDict

from server.domain.errors import DomainError


class RefusalFactsJson(TypedDict):
    """Why nothing was done: a code for programs, a full sentence for people, and its facts."""

    code: str
    message: str
    details: dict[str, object]


class RefusalJson(TypedDict):
    """What is answered with a status of the 4xx or 5xx kind."""

    error: RefusalFactsJson


def refusal(error: DomainError) -> RefusalJson:
    """A refusal as the API tells it."""
    return {"error": {"code": error.code, "message": error.message, "details": error.details}}
