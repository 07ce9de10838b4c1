"""Which server and token a notebook uses: what it is given, the environment, its secrets, or the file."""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from client.addresses import address_in
from client.api.client import Api
from client.credentials import current, profile_named
from client.language import language

TOKEN, SERVER = (
    "SPLITBOARD_TOKEN",
    "SPLITBOARD_URL",
)  # in the environment, and as Colab's and Kaggle's secrets


def connected(*, server: str = "", token: str = "", profile: str | None = None) -> Api:
    """The server, asked as the owner of the token. Raises NotSignedIn where there is none to ask with."""
    named = profile_named() if profile is None else profile
    url, secret = address_in(server), token.strip()
    if not named:
        url = url or address_in(os.environ.get(SERVER, "") or _secret(SERVER))
        secret = secret or os.environ.get(TOKEN, "").strip() or _secret(TOKEN)
    credentials = current(url=url, token=secret, profile=named)
    return Api(credentials.url, credentials.token, language=language())


def _secret(name: str) -> str:
    """A secret of Colab's or Kaggle's that the notebook may read, or an empty text."""
    for keeper in _keepers():
        try:
            return str(keeper(name) or "").strip()
        except Exception:  # noqa: S112  # each has errors of its own for a secret that is not there or not shared
            continue
    return ""


def _keepers() -> list[Callable[[str], object]]:
    keepers: list[Callable[[str], object]] = []
    if "google.colab" in sys.modules:
        keepers.append(import_module("google.colab.userdata").get)
    if find_spec("kaggle_secrets") is not None:
        keepers.append(import_module("kaggle_secrets").UserSecretsClient().get_secret)
    return keepers
