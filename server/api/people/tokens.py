"""Personal API tokens: made with a password, listed by their first characters, revoked by their owner."""

from fastapi import Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.domain.people.accounts import tokens as api_tokens
from server.domain.people.accounts.scopes import DAYS, DAYS_MOST, terms
from server.domain.people.passwords.own import OwnPasswordNeeded
from server.domain.people.second_factor import factors
from server.domain.people.second_factor.codes import CodeNeeded
from server.http.answers import Answer, Created, api_router, refuses
from server.http.deps import NO_STORE, Db, Now, Viewer, own_url
from server.http.scopes import SUBMITS
from server.http.sign_in.second_factor import require_code
from server.http.sign_in.tries import sign_in
from server.models import Scope
from server.serializers.people import people as people_json
from server.serializers.people.people import NewTokenJson, TokenListJson

router = api_router("people")


class TokenRequest(BaseModel):
    """Who asks for a token, what it is called and is for, and a code where the account has a second factor.

    `days`: after which it ends.
    """

    username: str = Field(max_length=1000)
    password: str = Field(max_length=1000, repr=False)
    name: str = Field(min_length=1, max_length=200)
    code: str = Field(default="", max_length=100, repr=False)
    scopes: list[Scope] = Field(default=list(Scope), max_length=len(Scope))
    days: int = Field(default=DAYS, ge=1, le=DAYS_MOST)


@router.post("/tokens", responses=refuses(401, 403, 422, 429))
async def make_token(request: Request, body: TokenRequest, db: Db, now: Now) -> Created[NewTokenJson]:
    """A new personal token; the one time that its secret is shown."""
    user = await sign_in(request, username=body.username, password=body.password, now=now)
    if user.password_is_initial:
        raise OwnPasswordNeeded(own_url(request))
    if await db.aread(lambda session: factors.is_on(session, user)):
        if not body.code:
            raise CodeNeeded
        await require_code(request, user, body.code)

    chosen = terms(body.scopes, days=body.days, now=now)

    def work(session: Session) -> NewTokenJson:
        new = api_tokens.make_token(session, user=user, name=body.name, terms=chosen, now=now)
        return people_json.new_token(session, new, user)

    return Created(await db.awrite(work), headers=NO_STORE)


@router.get("/tokens")
async def list_tokens(viewer: Viewer, db: Db) -> Answer[TokenListJson]:
    """The viewer's tokens, without their secrets; some may be over."""
    tokens = await db.aread(lambda session: api_tokens.tokens_of(session, user=viewer.user))
    return Answer({"tokens": [people_json.token(token) for token in tokens]}, headers=NO_STORE)


@router.delete("/tokens/{token_id}", status_code=204, openapi_extra=SUBMITS)
async def revoke_token(token_id: int, viewer: Viewer, db: Db, now: Now) -> None:
    """End one of the viewer's own tokens."""
    await db.awrite(
        lambda session: api_tokens.revoke_token(session, token_id=token_id, user=viewer.user, now=now)
    )
