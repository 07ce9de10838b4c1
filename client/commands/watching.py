"""Sending predictions: one file, or each new one of a folder once its writer has finished it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from client.api.errors import ApiError, ClientError, InvalidFile
from client.api.types.competitions import Competition, Receipt
from client.api.types.origins import Origin
from client.commands.exits import INVALID, LIMIT, STOPPED, exit_code
from client.origins import origin_here
from client.output.formats import Output
from client.output.terminal import note
from client.output.views import Sent
from grader.messages import Message

if TYPE_CHECKING:
    from client.api.client import Api

LOOK_SECONDS = 2.0  # a file that is the same at two looks is settled
State = tuple[int, int]  # size and time of change


@dataclass(frozen=True)
class Sending:
    """What every file of one command is sent with. is_plain: without the commit."""

    api: "Api"
    output: Output
    competition: Competition
    note: str = ""
    like: Path | None = None
    is_plain: bool = False

    def check(self, file: Path) -> None:
        """Find what is wrong with a file offline, where there is a sample. Raises InvalidFile."""
        if self.like is not None:
            check_offline(file, like=self.like)

    def send(self, file: Path) -> Receipt:
        """Upload a file, show what it came to, and return its receipt."""
        origin = Origin() if self.is_plain else origin_here()
        with self.output.progress(Message("Sending {file}", file=file.name)) as advance:
            receipt = self.api.submit(
                self.competition.slug, file, note=self.note, origin=origin, progress=advance
            )
        self.output.sent(Sent(receipt=receipt, competition=self.competition))
        return receipt


def check_offline(file: Path, *, like: Path) -> None:
    """Find every format problem of a file. Raises InvalidFile."""
    from client.offline import check_file  # the grader takes long to load

    check_file(file, like=like)


def watch_folder(sender: Sending, folder: Path, pattern: str) -> None:
    """Send each new or changed file of a folder, until none is left today or somebody stops it.

    An invalid file is shown, and the watch goes on: it used no slot. Any other refusal ends it.
    """
    today = sender.competition.today
    left = None if today is None else today.left
    try:
        if left != 0:
            note(Message("Watching {folder} for {pattern}. Ctrl-C ends it.", folder=folder, pattern=pattern))
            for file in settled_files(folder, pattern):
                left = _sent(sender, file, left)
                if left == 0:
                    break
    except KeyboardInterrupt:
        raise typer.Exit(STOPPED) from None
    note(Message("No submission is left today: the watch ends."))
    raise typer.Exit(LIMIT)


def settled_files(folder: Path, pattern: str) -> Iterator[Path]:
    """Yield each file that comes or changes from now on, when it has stayed the same between two looks."""
    known = _states(folder, pattern)
    before = known
    while True:
        time.sleep(LOOK_SECONDS)
        now = _states(folder, pattern)
        settled = [
            path
            for path, state in sorted(now.items())
            if state[0] and before.get(path) == state != known.get(path)
        ]
        before = now
        for path in settled:
            known[path] = now[path]
            yield path


def _states(folder: Path, pattern: str) -> dict[Path, State]:
    states = {}
    for path in folder.glob(pattern):
        try:
            facts = path.stat()
        except FileNotFoundError:  # gone between two steps
            continue
        if path.is_file():
            states[path] = (facts.st_size, facts.st_mtime_ns)
    return states


def _sent(sender: Sending, file: Path, left: int | None) -> int | None:
    """Send a file of the folder; how many are left today, as far as it is known."""
    try:
        sender.check(file)
        receipt = sender.send(file)
    except ClientError as error:
        if not isinstance(error, (InvalidFile, ApiError)) or exit_code(error) != INVALID:
            raise
        sender.output.refusal(error)
        return left
    return left if receipt.today is None else receipt.today.left
