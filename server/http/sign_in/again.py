"""A second word of whoever is signed in, before an act that outlasts their session."""

from datetime import timedelta

from fastapi import Request

from grader.messages import Message
from server.domain.errors import Conflict
from server.domain.people.second_factor import factors
from server.http import deps
from server.http.deps import Identity
from server.http.sign_in import second_factor, tries
from server.models import SessionWay

FRESH = timedelta(minutes=10)  # for which a session that a provider opened is its owner's word


class SignInAgain(Conflict):
    """The session is of a provider, and too old for what was asked."""

    def __init__(self) -> None:
        super().__init__(
            Message(
                "You signed in a while ago. Sign out, sign in by your provider again, and do this within "
                "{minutes} minutes: it outlasts your session, so a browser left alone must not be enough.",
                minutes=FRESH // timedelta(minutes=1),
            )
        )


class OwnPasswordFirst(Conflict):
    """A learning platform has opened the session, which proves nothing of who sits there now."""

    def __init__(self) -> None:
        super().__init__(
            Message(
                "A learning platform has signed you in, which is not enough for this: it outlasts your "
                "session. Set a password of your own first; your course's staff can give you a link for it."
            )
        )


def asks_password(viewer: Identity) -> bool:
    """Whether the viewer types their password: whoever has one of their own, whatever opened the session."""
    user = viewer.user
    is_own = viewer.way is SessionWay.PASSWORD or not user.password_is_initial
    return user.password_hash is not None and is_own


async def confirm(request: Request, viewer: Identity, *, password: str, code: str = "") -> None:
    """See to it that the owner of the session asks, and nobody who has found it open.

    They type their password; who has none must have come from their provider just now, or by the proxy. Where
    they have a second factor, it is asked for, too. Raises WrongOldPassword, TooManyTries, SignInAgain,
    OwnPasswordFirst, WrongCode.
    """
    user, db = viewer.user, deps.database(request)
    if asks_password(viewer):
        await tries.confirm(request, user, password)
    else:
        _require_fresh(request, viewer)
    if await db.aread(lambda session: factors.is_on(session, user)):
        await second_factor.require_code(request, user, code)


def _require_fresh(request: Request, viewer: Identity) -> None:
    """Raise SignInAgain for a session that was opened a while ago; a proxy names its user each time.

    Raises OwnPasswordFirst for one of a launch, by which whoever sits at an open browser is let in anew.
    """
    now, opened_at = request.app.state.clock(), viewer.opened_at
    if viewer.way is SessionWay.LAUNCH:
        raise OwnPasswordFirst
    if viewer.way is not SessionWay.PROXY and (opened_at is None or now - opened_at > FRESH):
        raise SignInAgain
