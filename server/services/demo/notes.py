"""What the demonstration remembers between two starts, in a file that its owner alone can read."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Login:
    """A user name with its password, and what there is to see for whoever signs in."""

    username: str
    password: str
    sees: str


@dataclass
class Notes:
    """The logins, the worker's token once the course stands, and whether the course is filled."""

    logins: list[Login] = field(default_factory=list)
    worker_token: str = ""
    is_filled: bool = False

    @classmethod
    def read(cls, folder: Path) -> "Notes":
        """The notes in `folder`; empty ones where there are none."""
        try:
            table = json.loads(_file(folder).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls()
        return cls([Login(**login) for login in table["logins"]], table["worker_token"], table["is_filled"])

    def write(self, folder: Path) -> None:
        """Keep the notes; a kill leaves the old ones or the new."""
        folder.mkdir(parents=True, exist_ok=True)
        new = _file(folder).with_suffix(".new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file, indent=1)
        new.replace(_file(folder))


def _file(folder: Path) -> Path:
    return folder / "demo.json"
