"""Files of initial passwords, so that those of new accounts are not lost with a closed window or pipe."""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

FOLDER = "initial-passwords"


def password_file(data_dir: Path, *, course: str, now: datetime) -> Path:
    """Where the passwords of an import into this course belong."""
    return data_dir / FOLDER / f"{course}-{now:%Y%m%dT%H%M%S}-{os.getpid()}.tsv"


def keep_passwords(file: Path, lines: Iterable[str]) -> None:
    """Write the file durably, for its owner's eyes alone."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    keep_sheet(file, "".join(f"{line}\n" for line in lines).encode())


def keep_sheet(file: Path, data: bytes) -> None:
    """Write what opens accounts durably, for its owner's eyes alone; the folder must be there."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
