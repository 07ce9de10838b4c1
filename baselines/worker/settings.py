"""What a worker is told by its environment, and what it knows of its machine."""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from baselines.homework import HOMEWORKS
from baselines.worker.abilities import abilities_here
from baselines.worker.folder import default_folder
from client.api.client import Api
from client.api.types.runs import Abilities

TIMEOUT_SECONDS = 30.0  # patience for one answer


class SettingsError(Exception):
    """An environment variable is missing; the sentence names it."""


@dataclass(frozen=True, kw_only=True)
class WorkerSettings:
    """Where the server is, who we are, where scratch files and homework folders lie."""

    url: str
    token: str = field(repr=False)
    work_dir: Path
    homeworks_dir: Path
    name: str
    abilities: Abilities = field(default_factory=abilities_here)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "WorkerSettings":
        """Read the variables SPLITBOARD_URL, _WORKER_TOKEN, _WORK_DIR and _HOMEWORKS_DIR.

        Raises SettingsError when one of the first two is missing; the others have defaults.
        """
        for name in ("SPLITBOARD_URL", "SPLITBOARD_WORKER_TOKEN"):
            if not environment.get(name):
                raise SettingsError(
                    f"Set {name}: a worker needs the server's address and a worker token (sbw_...)."
                )
        return cls(
            url=environment["SPLITBOARD_URL"],
            token=environment["SPLITBOARD_WORKER_TOKEN"],
            work_dir=Path(environment.get("SPLITBOARD_WORK_DIR") or default_folder(environment)).resolve(),
            homeworks_dir=Path(environment.get("SPLITBOARD_HOMEWORKS_DIR", HOMEWORKS)).resolve(),
            name=f"{platform.node()}:{os.getpid()}",
        )

    def api(self) -> Api:
        """A connection to the server as this worker."""
        return Api(self.url, self.token, timeout=TIMEOUT_SECONDS)
