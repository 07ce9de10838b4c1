"""Signing in and out: the password and the token pass through here, and neither is ever printed."""

import platform
import sys
from urllib.parse import urlsplit

import typer

from client.addresses import address_in, is_loopback
from client.api.client import Api
from client.api.errors import ClientError, Misuse
from client.credentials import Credentials, forget, kept_credentials, save, server_from_environment
from client.output.views import SignedIn, SignedOut


def sign_in(url: str | None, username: str | None) -> SignedIn:
    """Ask for what is not given, make a token on the server and keep it on this machine."""
    saved = kept_credentials()
    known = url or server_from_environment() or (saved.url if saved else "")
    address = address_in(known or _prompted("Address of the server"))
    with Api(address) as api:
        if urlsplit(address).scheme == "http" and not is_loopback(urlsplit(address).hostname or ""):
            typer.echo("The connection is not encrypted: others on the way can read your password.", err=True)
        name = username or _prompted("Username")
        token = api.login(name, _password(), name=f"splitboard client on {platform.node() or 'a machine'}")
    save(Credentials(url=address, token=token.token, username=token.user.username))
    return SignedIn(url=address, username=token.user.username, display_name=token.user.display_name)


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
    return str(typer.prompt("Password", hide_input=True, err=True))


def _prompted(question: str) -> str:
    if not sys.stdin.isatty():
        raise Misuse(f"{question}? Give it as an option, because there is no terminal to ask at.")
    return str(typer.prompt(question, err=True))
