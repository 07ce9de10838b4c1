"""`splitboard kaggle ...` runs Kaggle's own client against the server that this machine is signed in to."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from client.api.errors import Misuse
from client.commands.application import Application
from client.commands.reporting import output_for, reported
from client.credentials import Credentials
from grader.messages import Message

OLDEST = (1, 5, 14)  # that can be led to another server; an older one would tell Kaggle our token
VERSION = re.compile(r"\b(\d+)\.(\d+)\.(\d+)")
OURS = "KAGGLE_"  # how the variables begin that the client reads
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
NO_KEY = "none"
app = Application()


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def kaggle(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WORDS...", help=Message("What Kaggle's client is told, as in: competitions list")
        ),
    ] = None,
) -> None:
    """Run Kaggle's own client, unmodified, against your course's server.

    It goes by a relay on this machine, which verifies the server's certificate and leads nowhere else. Your
    keys of Kaggle's own stay here. Exit status as of the client.
    """
    from client.api.client import Api
    from client.api.relay import Relay
    from client.credentials import current

    with reported(output_for(False)):
        program = shutil.which("kaggle")
        if program is None:
            raise Misuse(
                Message("Kaggle's client is not installed here. `pip install kaggle six` brings it.")
            )
        account = current()
        with Api(account.url, account.token) as api:
            named = Credentials(url=account.url, token=account.token, username=api.me().username)
        with (
            TemporaryDirectory(prefix="splitboard-kaggle-") as folder,
            Relay(named.url, named.token) as relay,
        ):
            _require_leadable(program, environment(relay.address, folder, Credentials(url="", token=NO_KEY)))
            ended = subprocess.run(
                [program, *(words or [])], env=environment(relay.address, folder, named), check=False
            )
    sys.exit(ended.returncode)


def environment(relay: str, folder: str, account: Credentials) -> Mapping[str, str]:
    """What leads the client to the relay, whatever its version, with this key and none that is kept here."""
    left_out = {*PROXIES, "no_proxy", "NO_PROXY"}
    others = {
        name: value
        for name, value in os.environ.items()
        if name not in left_out and (not name.startswith(OURS) or name == "KAGGLE_COMPETITION")
    }
    return {
        **others,
        **dict.fromkeys(PROXIES, relay),  # a way past the relay would be a tunnel, which it refuses
        "no_proxy": "",
        "KAGGLE_API_ENVIRONMENT": "LOCALHOST",
        "KAGGLE_API_ENDPOINT": relay,
        "KAGGLE_API_TOKEN": account.token,
        "KAGGLE_USERNAME": account.username or NO_KEY,
        "KAGGLE_KEY": account.token,
        "KAGGLE_CONFIG_DIR": folder,
    }


def _require_leadable(program: str, environment: Mapping[str, str]) -> None:
    """Raise Misuse for a client that goes to Kaggle whatever its environment says."""
    answer = subprocess.run(
        [program, "--version"], env=environment, capture_output=True, text=True, check=False
    )
    match = VERSION.search(answer.stdout)
    if match is None:
        raise Misuse(
            Message(
                "Kaggle's client did not tell its version: {answer}",
                answer=(answer.stderr.strip().splitlines() or ["..."])[-1],
            )
        )
    if tuple(int(part) for part in match.groups()) < OLDEST:
        raise Misuse(
            Message(
                "Kaggle's client {version} knows no other server than Kaggle's; {oldest} is the first that "
                "does. `pip install --upgrade kaggle six` brings a newer one.",
                version=match[0],
                oldest=".".join(map(str, OLDEST)),
            )
        )
