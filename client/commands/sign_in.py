"""Signing in and out: the password and the token pass through here, and neither is ever printed."""

import platform
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

from client.addresses import address_in, is_loopback
from client.api.client import Api
from client.api.errors import ApiError, ClientError, Misuse
from client.api.types.people import NewToken
from client.credentials import Credentials, forget, kept_credentials, save, server_from_environment
from client.output.terminal import answer_to, note, secret_answer_to
from client.output.views import SignedIn, SignedOut
from grader.messages import Message

CODE_NEEDED = "code_needed"  # the server's word for an account with a second factor


@dataclass(frozen=True)
class TokenWish:
    """What a token shall be for, and for how many days; empty and None: what is usual at the server.

    code: of the account's second factor; where it has one and none is given, it is asked for at a terminal.
    """

    code: str = ""
    scopes: tuple[str, ...] = ()
    days: int | None = None


def sign_in(url: str | None, username: str | None, *, wish: TokenWish, language: str) -> SignedIn:
    """Ask for what is not given, make a token on the server and keep it on this machine."""
    saved = kept_credentials()
    known = url or server_from_environment() or (saved.url if saved else "")
    address = address_in(known or _prompted(Message("Address of the server")))
    with Api(address, language=language) as api:
        if urlsplit(address).scheme == "http" and not is_loopback(urlsplit(address).hostname or ""):
            note(Message("The connection is not encrypted: others on the way can read your password."))
        name = username or _prompted(Message("Username"))
        token = _new_token(api, name, wish)
    save(Credentials(url=address, token=token.token, username=token.user.username))
    return SignedIn(url=address, username=token.user.username, display_name=token.user.display_name)


def _new_token(api: Api, username: str, wish: TokenWish) -> NewToken:
    password, label = _password(), f"splitboard client on {platform.node() or 'a machine'}"

    def ask(code: str) -> NewToken:
        return api.login(username, password, name=label, code=code, scopes=wish.scopes, days=wish.days)

    try:
        return ask(wish.code)
    except ApiError as refusal:
        if refusal.code != CODE_NEEDED or wish.code or not sys.stdin.isatty():
            raise
    return ask(answer_to(Message("Code of your app")))


def sign_out() -> SignedOut | None:
    """End the kept token on the server where it answers, and forget it here in any case; None without one."""
    credentials = kept_credentials()
    if credentials is None:
        return None
    forget()
    return SignedOut(url=credentials.url, ended_on_server=_is_ended(credentials))


def _is_ended(credentials: Credentials) -> bool:
    try:
        with Api(credentials.url, credentials.token) as api:
            own = [token for token in api.tokens() if credentials.token.startswith(token.prefix)]
            if len(own) != 1:
                return False  # two tokens with one prefix: better to end neither than the wrong one
            api.revoke_token(own[0].id)
    except ClientError:
        return False
    return True


def _password() -> str:
    """The password: typed unseen at a terminal, or else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return secret_answer_to(Message("Password"))


def _prompted(question: str) -> str:
    if not sys.stdin.isatty():
        raise Misuse(
            Message(
                "{question}? Give it as an option, because there is no terminal to ask at.", question=question
            )
        )
    return answer_to(question)
