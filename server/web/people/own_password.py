"""The choice of a password of one's own: the first of all pages for those whose password others made."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from server.domain.people.accounts import accounts, credentials, password_rules, secrets
from server.domain.people.accounts.credentials import NewSession
from server.domain.people.accounts.password_rules import words_about
from server.domain.people.passwords import link_mails, own
from server.http import deps, languages
from server.http.deps import Config, Db, Now
from server.http.first_steps import OWN_PASSWORD
from server.http.sign_in import passwords as hashing
from server.http.sign_in import session_cookies
from server.http.sign_in import tries as devices
from server.models import User
from server.web.people.passwords import twice_the_same
from server.web.rendering import pages
from server.web.rendering.forms import Acting, field, same_site
from server.web.rendering.pages import ViewerHere

router = APIRouter()


@router.get(OWN_PASSWORD)
async def form(
    request: Request,
    viewer: ViewerHere,
    to: Annotated[str, Query(alias="next", max_length=2000)] = "/account",
) -> Response:
    """The form that changes the viewer's password; one that others made need not be typed again."""
    return pages.render(
        request,
        "people/own_password.html",
        viewer,
        is_initial=viewer.user.password_is_initial,
        next=same_site(to),
        least=password_rules.LEAST,
    )


@router.post(OWN_PASSWORD)
async def change(request: Request, viewer: Acting, db: Db, config: Config, now: Now) -> Response:
    """Change the viewer's password; this browser goes on in a new session, all others end."""
    fields, user = request.state.form, viewer.user
    if not user.password_is_initial:
        await devices.confirm(request, user, field(fields, "old"))
    password = twice_the_same(field(fields, "password"), field(fields, "again"))
    password_hash = await hashing.beside(accounts.chosen_password_hash, password, words_about(user))
    if (await hashing.beside(secrets.check_password, password, user.password_hash)).matches:
        raise own.SamePassword
    origin, language = config.link_origin, languages.of_page(request, viewer)

    def work(session: Session) -> tuple[User, NewSession]:
        changed = own.change(session, seen=user, password_hash=password_hash, now=now)
        if config.sends_mail and origin is not None:
            link_mails.tell_of_change(session, user=changed, origin=origin, language=language, now=now)
        idle, opened_from = deps.idle_time(config), devices.opened_from(request)
        return changed, credentials.open_session(
            session, user=changed, idle=idle, now=now, opened_from=opened_from
        )

    changed, web_session = await db.awrite(work)
    answer = RedirectResponse(same_site(field(fields, "next") or "/account"), 303)
    session_cookies.set_session_cookie(answer, web_session.secret, config)
    devices.know_again(answer, changed, config)
    return answer
