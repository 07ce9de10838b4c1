"""Signing in by an identity provider: to it, back from it, and the one confirmation.

The way begins with a link and no form: browsers hold a form's redirects to our `form-action`, and a provider
leads on to addresses of its own.
"""

from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.errors import NotFound
from server.domain.people import courses
from server.domain.people.accounts import tries
from server.domain.people.accounts.accounts import NAME_MOST
from server.domain.people.sign_on import claims, identities, tickets
from server.domain.people.sign_on.claims import NamedAccount
from server.domain.people.sign_on.id_tokens import Claims
from server.domain.people.sign_on.identities import ProviderIdentity
from server.domain.people.sign_on.refusals import ProviderDeclined, TicketIsOver
from server.domain.people.sign_on.tickets import NewTicket, UsedTicket
from server.http.deps import Config, Db, Identity, Now, PasserBy
from server.http.sign_in import sign_on as cookies
from server.http.sign_in import tries as browsers
from server.logs import bind, logger_of
from server.models import User
from server.serializers.values import Json
from server.services.sign_on.from_settings import CALLBACK
from server.services.sign_on.provider import Provider, ProviderAnswer
from server.web.rendering import pages
from server.web.rendering.forms import AnybodysForm, field, same_site
from server.web.rendering.pages import ViewerHere

CONFIRM = "/sign-in/confirm"
SIGN_IN_FORM = {"username": "", "next": "/", "is_set": False}  # on which a refusal is shown
MOST = 4000  # characters of a code, a state or an issuer that are read
router = APIRouter()
log = logger_of(__name__)
Text = Annotated[str, Query(max_length=MOST)]


async def provider_here(request: Request) -> Provider:
    """The provider of this installation; raises NotFound where it has none."""
    provider: Provider | None = request.app.state.provider
    if provider is None:
        raise NotFound(Message("Here people sign in with a password: there is no identity provider."))
    request.state.sign_in_form = SIGN_IN_FORM
    return provider


ProviderHere = Annotated[Provider, Depends(provider_here)]


@router.get("/sign-in/provider")
async def begin(
    request: Request,
    provider: ProviderHere,
    to: Annotated[str, Query(alias="next", max_length=2000)] = "/",
) -> Response:
    """Send the browser to the provider; where another site has sent it here, ask on our own page first."""
    if request.headers.get("sec-fetch-site") == "cross-site":
        return RedirectResponse(f"/sign-in?next={quote(same_site(to), safe='')}", 303)
    return await _send(request, provider, None, next_path=same_site(to))


@router.get("/account/identities/new")
async def begin_to_link(request: Request, viewer: ViewerHere, provider: ProviderHere) -> Response:
    """Send the viewer's browser to the provider, to link what it says with their account."""
    return await _send(request, provider, viewer.user, next_path="/account")


async def _send(request: Request, provider: Provider, user: User | None, *, next_path: str) -> Response:
    network, now = tries.network(browsers.address_of(request)), request.app.state.clock()

    def work(session: Session) -> NewTicket:
        return tickets.begin(
            session, issuer=provider.issuer, network=network, next_path=next_path, user=user, now=now
        )

    ticket = await request.app.state.db.awrite(work)
    answer = RedirectResponse(await provider.address_for(ticket), 303)
    cookies.hold(answer, cookies.TICKET, ticket.secret, request.app.state.settings)
    return answer


@router.get(CALLBACK)
async def back(
    request: Request,
    provider: ProviderHere,
    viewer: PasserBy,
    config: Config,
    state: Text = "",
    code: Text = "",
    iss: Text | None = None,
    error: Text = "",
) -> Response:
    """Take the provider's answer: sign in whom it knows, or ask whether the account is theirs."""
    request.state.viewer = viewer
    now, db, secret = request.app.state.clock(), request.app.state.db, cookies.held(request, cookies.TICKET)
    ticket = await db.awrite(
        lambda session: tickets.use(session, state=state, secret=secret, issuer=provider.issuer, now=now)
    )
    if error or not code:
        raise ProviderDeclined(provider.label, error or "without a code")
    answered = await _taken(request, provider, ticket, viewer, ProviderAnswer(code, iss, state, secret))
    cookies.drop(answered, cookies.TICKET, config)
    return answered


async def _taken(
    request: Request, provider: Provider, ticket: UsedTicket, viewer: Identity | None, answer: ProviderAnswer
) -> Response:
    now, db = request.app.state.clock(), request.app.state.db
    vouched = await provider.claims_of(answer, now=now)
    identity = _identity(provider, vouched)
    if ticket.user_id is not None:
        if viewer is None or viewer.user.id != ticket.user_id:
            raise TicketIsOver
        if provider.rule.domains:
            claims.verified(vouched, provider.rule)
        return await offered(request, identity, viewer.user, ticket.next_path, is_here=True)
    known = await opened(request, identity, ticket.next_path)
    if known is not None:
        return known
    value = claims.verified(vouched, provider.rule)
    account = await db.aread(lambda session: claims.account_of(session, value, provider.rule))
    return await offered(
        request, identity, account.user, ticket.next_path, is_here=False, is_agreed=account.is_agreed
    )


async def opened(request: Request, identity: ProviderIdentity, to: str) -> Response | None:
    """Sign in whom the identity is linked with, or ask for the password that confirms it; None for nobody."""
    db, now = request.app.state.db, request.app.state.clock()
    account = await db.awrite(lambda session: identities.account_opened_by(session, identity, now=now))
    if account is None:
        return None
    if account.needs_password:
        return await offered(request, identity, account.user, to, is_here=False)
    note_sign_in(account.user, identity)
    return await browsers.let_in(request, account.user, to=to, way=identity.way, now=now)


def _identity(provider: Provider, token: Claims) -> ProviderIdentity:
    names = (token.get(provider.rule.claim), token.get("email"), token.get("name"), token["sub"])
    shown_as = next(name for name in names if isinstance(name, str) and name)
    return ProviderIdentity(provider.issuer, token["sub"], provider.label, shown_as[:NAME_MOST])


async def offered(
    request: Request,
    identity: ProviderIdentity,
    user: User,
    next_path: str,
    *,
    is_here: bool,
    is_agreed: bool = True,
) -> Response:
    """Lead to the page that asks whether the account is theirs."""
    now = request.app.state.clock()
    secret = await request.app.state.db.awrite(
        lambda session: identities.offer(
            session,
            account=NamedAccount(user, is_agreed),
            identity=identity,
            is_here=is_here,
            next_path=next_path,
            now=now,
        )
    )
    answer = RedirectResponse(CONFIRM, 303)
    cookies.hold(answer, cookies.OFFER, secret, request.app.state.settings)
    return answer


@router.get(CONFIRM)
async def ask(request: Request, viewer: PasserBy, db: Db, now: Now) -> Response:
    """The page that asks whether an account is theirs whom a provider has signed in."""
    request.state.sign_in_form = SIGN_IN_FORM
    secret = cookies.held(request, cookies.OFFER)
    values = await db.aread(lambda session: _offer_values(session, secret, now))
    return pages.render(request, "people/confirm_identity.html", viewer, **values)


def _offer_values(session: Session, secret: str, now: datetime) -> Json:
    offer = identities.offer_of(session, secret=secret, now=now)
    parts = [] if offer.user.is_admin else courses.courses_of(session, user=offer.user)
    return {
        "name": offer.user.display_name,
        "username": offer.user.username,
        "numbers": claims.numbers_of(session, offer.user),
        "courses": [each.course.title for each in parts],
        "label": offer.identity.label,
        "shown_as": offer.identity.shown_as,
        "needs_password": offer.needs_password,
    }


@router.post(CONFIRM)
async def confirm(request: Request, form: AnybodysForm, viewer: PasserBy, db: Db, config: Config) -> Response:
    """Link the identity with the account and sign in; or forget it, where the account is not theirs."""
    request.state.viewer, request.state.sign_in_form = viewer, SIGN_IN_FORM
    now, secret = request.app.state.clock(), cookies.held(request, cookies.OFFER)
    offer = await db.aread(lambda session: identities.offer_of(session, secret=secret, now=now))
    if field(form, "answer") != "yes":
        await db.awrite(lambda session: identities.decline(session, secret=secret))
        log.warning("sign-on refused", code="not_theirs", reason=f"not the owner of account {offer.user.id}")
        answer = RedirectResponse("/account" if viewer is not None else "/sign-in", 303)
        cookies.drop(answer, cookies.OFFER, config)
        return answer
    if offer.needs_password:
        await browsers.confirm(request, offer.user, field(form, "password"))
    user = await db.awrite(lambda session: identities.accept(session, secret=secret, now=now))
    note_sign_in(user, offer.identity)
    is_here = viewer is not None and viewer.user.id == user.id
    answer = (
        RedirectResponse(offer.next_path, 303)
        if is_here
        else await browsers.let_in(request, user, to=offer.next_path, way=offer.identity.way, now=now)
    )
    cookies.drop(answer, cookies.OFFER, config)
    return answer


def note_sign_in(user: User, identity: ProviderIdentity) -> None:
    bind(user=user.id)
    log.info("signed in", way=identity.way.value)
