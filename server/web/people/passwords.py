"""A new password for those who cannot sign in: asking for a link, and what the link opens.

A link's secret is in an address once: opening it puts the secret into a cookie and leads to an address
without it.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.errors import Invalid, NotAllowed
from server.domain.people.accounts import accounts, password_rules, tries
from server.domain.people.accounts.password_rules import words_about
from server.domain.people.passwords import link_mails, links
from server.domain.people.passwords.links import LinkIsOver
from server.http import languages
from server.http.deps import Config, Db, Now
from server.http.sign_in import passwords as held
from server.http.sign_in import tries as devices
from server.models import User
from server.settings import Settings
from server.web.rendering import pages
from server.web.rendering.forms import AnybodysForm, field

NO_REFERRER = {"Referrer-Policy": "no-referrer"}
router = APIRouter()


@router.get("/forgotten-password")
async def form(request: Request, config: Config) -> Response:
    """The form that asks for a link, or whom to ask where no mails go out."""
    return _page(request, config, is_sent=False)


@router.post("/forgotten-password")
async def ask(request: Request, form: AnybodysForm, db: Db, config: Config, now: Now) -> Response:
    """Let a link go out by mail; the answer is the same whether there is such an account or not."""
    origin = config.link_origin
    if origin is None or not config.mails_links:
        raise NotAllowed(
            Message("This installation sends no mails. Your course's staff can give you a link.")
        )
    network, language = tries.network(devices.address_of(request)), languages.of_request(request)
    await db.awrite(
        lambda session: link_mails.ask_for_reset(
            session,
            name=field(form, "name"),
            network=network,
            origin=origin,
            language=language,
            now=now,
        )
    )
    return _page(request, config, is_sent=True)


def _page(request: Request, config: Settings, *, is_sent: bool) -> Response:
    minutes = held.HELD_SECONDS // 60
    values = {"is_sent": is_sent, "mails_links": config.mails_links, "minutes": minutes}
    return pages.render(request, "people/forgotten_password.html", None, **values)


@router.get(links.PAGE)
async def open_link(
    request: Request, db: Db, config: Config, now: Now, link: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """The form that sets a password. Raises LinkIsOver where the link works no more."""
    if link:
        links.require_secret(link)
        answer = RedirectResponse(links.PAGE, 303, NO_REFERRER)
        held.hold_link(answer, link, config)
        return answer
    user = await db.aread(lambda session: links.owner(session, secret=_secret(request, config), now=now))
    least = password_rules.LEAST
    return pages.render(request, "people/set_password.html", None, username=user.username, least=least)


@router.post(links.PAGE)
async def set_password(request: Request, form: AnybodysForm, db: Db, config: Config, now: Now) -> Response:
    """Set the password of the link's owner, end their sessions, and lead to the sign-in page."""
    secret = _secret(request, config)
    owner = await db.aread(lambda session: links.owner(session, secret=secret, now=now))
    password = twice_the_same(field(form, "password"), field(form, "again"))
    password_hash = await held.beside(accounts.chosen_password_hash, password, words_about(owner))

    language, origin = languages.of_request(request), config.link_origin

    def work(session: Session) -> User:
        user = links.use(session, secret=secret, password_hash=password_hash, now=now)
        if config.sends_mail and origin is not None:
            link_mails.tell_of_change(session, user=user, origin=origin, language=language, now=now)
        return user

    user = await db.awrite(work)
    answer = RedirectResponse("/sign-in?password_set=true", 303)
    held.drop_link(answer, config)
    devices.know_again(answer, user, config)
    return answer


def _secret(request: Request, config: Settings) -> str:
    secret = request.cookies.get(held.cookie_name(config))
    if not secret:
        raise LinkIsOver
    return secret


def twice_the_same(password: str, again: str) -> str:
    """The password that was typed twice. Raises Invalid where the two differ."""
    if password != again:
        raise Invalid(Message("The two passwords are not the same. Type the new one twice."))
    return password
