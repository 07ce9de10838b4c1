"""What a session by password must see to before it opens anything else.

A password that others made is replaced first; then, where the settings ask staff for it, a second factor is
set up. Whom a provider or a proxy has signed in is theirs to ask.
"""

from fastapi import Request

from server.domain.people.passwords.own import OwnPasswordNeeded
from server.domain.people.second_factor import factors
from server.domain.people.second_factor.factors import SecondFactorNeeded
from server.models import SessionWay, User

OWN_PASSWORD = "/account/password"  # noqa: S105  # the page where it is set
SECOND_FACTOR = "/account/second-factor"
ALWAYS_OPEN = {"/sign-out", "/language"}
OPEN_WITH_INITIAL_PASSWORD = ALWAYS_OPEN | {OWN_PASSWORD}
OPEN_WITHOUT_SECOND_FACTOR = OPEN_WITH_INITIAL_PASSWORD | {SECOND_FACTOR, f"{SECOND_FACTOR}/confirm"}


async def require_first_steps(request: Request, user: User, way: SessionWay | None) -> None:
    """Raise OwnPasswordNeeded or SecondFactorNeeded, but on the pages where these are seen to."""
    if way is not SessionWay.PASSWORD:
        return
    path = request.url.path
    if user.password_is_initial and path not in OPEN_WITH_INITIAL_PASSWORD:
        raise OwnPasswordNeeded
    if not request.app.state.settings.staff_second_factor or path in OPEN_WITHOUT_SECOND_FACTOR:
        return
    if await request.app.state.db.aread_by_key(lambda session: factors.is_missing(session, user)):
        raise SecondFactorNeeded
