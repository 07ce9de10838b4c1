"""Where this machine keeps its one token, and which server and token a command uses."""

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from client.addresses import address_in
from client.api.errors import Misuse, NotSignedIn
from grader.messages import Message


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """A server, and the token that speaks for `username` there."""

    url: str
    token: str = field(repr=False)
    username: str = ""


def credentials_file() -> Path:
    """Where the credentials are kept; XDG_CONFIG_HOME moves it."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "splitboard" / "credentials.json"


def save(credentials: Credentials) -> Path:
    """Keep the credentials, readable by their owner alone from the first byte on, and return the file."""
    path = credentials_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    content = {"url": credentials.url, "username": credentials.username, "token": credentials.token}
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
    return path


def forget() -> None:
    """Remove the kept credentials, if there are any."""
    credentials_file().unlink(missing_ok=True)


def kept_credentials() -> Credentials | None:
    """The kept credentials, None when there are none; raises Misuse when the file is not ours."""
    path = credentials_file()
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        url, token, username = str(content["url"]), str(content["token"]), str(content["username"])
    except (ValueError, KeyError, TypeError):
        raise Misuse(
            Message("{path} is damaged. Remove it and run `splitboard login` again.", path=path)
        ) from None
    return Credentials(url=url, token=token, username=username)


def current() -> Credentials:
    """The server and token to use: SPLITBOARD_URL and SPLITBOARD_TOKEN before the kept ones.

    A kept token is never sent to another server than the one that gave it. Raises NotSignedIn.
    """
    url, token, saved = (
        server_from_environment(),
        os.environ.get("SPLITBOARD_TOKEN", "").strip(),
        kept_credentials(),
    )
    if url and token:
        return Credentials(url=url, token=token)
    if saved is None:
        raise NotSignedIn()
    if token:
        return Credentials(url=saved.url, token=token)
    if url and url != saved.url:
        raise NotSignedIn(
            Message("You are signed in to {server}, not to {other}.", server=saved.url, other=url)
        )
    return saved


def server_from_environment() -> str:
    """The server that SPLITBOARD_URL names, or an empty text."""
    return address_in(os.environ.get("SPLITBOARD_URL", ""))
