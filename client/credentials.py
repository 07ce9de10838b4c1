"""Where this machine keeps its tokens, and which server and token a command uses.

Whoever has one course needs one token. Others name profiles: each is a server and a token under a name.
"""

import json
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from client.addresses import address_in
from client.api.errors import Misuse, NotSignedIn
from client.variables import PROFILE
from grader.messages import Message


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """A server, and the token that speaks for `username` there."""

    url: str
    token: str = field(repr=False)
    username: str = ""


PROFILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


def configuration_folder() -> Path:
    """Where this machine keeps what is the user's own; XDG_CONFIG_HOME moves it."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "splitboard"


def profile_named() -> str:
    """The profile that SPLITBOARD_PROFILE names, as --profile does; an empty text for the usual one."""
    return os.environ.get(PROFILE, "").strip()


def credentials_file(profile: str) -> Path:
    """Where the credentials of a profile are kept. Raises Misuse for a name that is none."""
    if not profile:
        return configuration_folder() / "credentials.json"
    if not PROFILE_NAME.fullmatch(profile):
        raise Misuse(
            Message(
                "'{name}' names no profile: letters, digits, '.', '_' and '-' may stand in it.", name=profile
            )
        )
    return configuration_folder() / "profiles" / f"{profile}.json"


def save(credentials: Credentials) -> Path:
    """Keep the credentials, readable by their owner alone from the first byte on, and return the file."""
    path = credentials_file(profile_named())
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
    credentials_file(profile_named()).unlink(missing_ok=True)


def kept_credentials(profile: str | None = None) -> Credentials | None:
    """The kept credentials, None when there are none; raises Misuse when the file is not ours.

    profile: by default the one that SPLITBOARD_PROFILE names.
    """
    path = credentials_file(profile_named() if profile is None else profile)
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))  # an editor may put a mark before it
        url, token, username = str(content["url"]), str(content["token"]), str(content["username"])
    except (ValueError, KeyError, TypeError):
        raise Misuse(
            Message("{path} is damaged. Remove it and run `splitboard login` again.", path=path)
        ) from None
    return Credentials(url=url, token=token, username=username)


def current(*, url: str = "", token: str = "", profile: str | None = None) -> Credentials:
    """The server and token to use: those that are given, those of the environment, or the kept ones.

    A profile that is named is used whole, whatever the environment says. A kept token is never sent to
    another server than the one that gave it. Raises NotSignedIn.
    """
    name = profile_named() if profile is None else profile
    saved = kept_credentials(name)
    if not name:
        url, token = url or server_from_environment(), token or token_from_environment()
    if url and token:
        return Credentials(url=url, token=token)
    if saved is None:
        raise NotSignedIn() if not name else NotSignedIn(Message("There is no profile {name}.", name=name))
    if token:
        return Credentials(url=saved.url, token=token)
    if url and url != saved.url:
        raise NotSignedIn(
            Message("You are signed in to {server}, not to {other}.", server=saved.url, other=url)
        )
    return saved


def server_from_environment() -> str:
    """The server that SPLITBOARD_URL names, or an empty text; with a profile, that one's server counts."""
    return "" if profile_named() else address_in(os.environ.get("SPLITBOARD_URL", ""))


def token_from_environment() -> str:
    """The token in SPLITBOARD_TOKEN, or an empty text."""
    return os.environ.get("SPLITBOARD_TOKEN", "").strip()
