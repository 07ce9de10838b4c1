"""Who a token belongs to, for Kaggle's clients; and the end of what leads nowhere here."""

from typing import NotRequired

from fastapi import Request
from pydantic import Field
from typing_extensions import TypedDict

from grader.messages import Message
from server.api.kaggle.dialects import READS, Fields, kaggle_router
from server.domain.errors import NotFound, NotSignedIn
from server.domain.people.accounts import tokens
from server.http.answers import Answer
from server.http.deps import Db, Now
from server.models import TokenKind

router = kaggle_router()


class TokenFacts(TypedDict):
    """Whether a token is good, and whose it is."""

    active: bool
    username: NotRequired[str]


class Token(Fields):
    """A token that the client wants to know about."""

    token: str = Field(default="", max_length=4000, repr=False)


@router.post("/security.OAuthService/IntrospectToken", openapi_extra=READS)
async def introspect(body: Token, db: Db, now: Now) -> Answer[TokenFacts]:
    """Whose token it is. Never a refusal: on some the client gives up its other ways to sign in."""
    try:
        bearer = await db.aread_by_key(
            lambda session: tokens.bearer(session, secret=body.token.strip(), now=now)
        )
    except NotSignedIn:
        return Answer({"active": False})
    if bearer.kind is not TokenKind.PERSONAL:
        return Answer({"active": False})
    return Answer({"active": True, "username": bearer.user.username})


@router.post("/{package}.{service}/{method}")
async def unknown(request: Request, package: str, service: str, method: str) -> None:
    """Everything that is not here, whoever asks: a 401 would make a client delete what it has stored."""
    raise NotFound(
        Message(
            "{method} of Kaggle's {service} has no counterpart on this server.",
            method=method,
            service=service,
        )
    )
