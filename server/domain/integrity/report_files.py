"""What comparing leaves on disk beside the uploads: the last report of a competition, and files' sketches.

Nothing here is truth: a report is made anew at any time, and a sketch that is gone is read from its file.
"""

import fcntl
import io
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import numpy as np

from grader.messages import Message
from grader.similarity.sketches import Sketch
from server.clock import iso
from server.domain.errors import Conflict

FORM = 1  # of sketches and reports; those of another form are made anew
DIGEST_BYTES = 64
TRIES, PAUSE_SECONDS = 5, 0.05  # to take a lock


class IntegrityFiles:
    """The folder of reports and sketches below the folder of all files."""

    def __init__(self, files_dir: Path) -> None:
        self.root = files_dir / "integrity"

    def report(self, competition_id: int) -> dict[str, Any] | None:
        """The last report of a competition; None before the first."""
        try:
            content: dict[str, Any] = json.loads(self._report(competition_id).read_bytes())
        except FileNotFoundError:
            return None
        return content if content.get("form") == FORM else None

    def keep_report(self, competition_id: int, report: dict[str, Any]) -> None:
        """Put this report in the place of the last one."""
        _put(self._report(competition_id), json.dumps({"form": FORM, **report}).encode())

    def sketch(self, answer_key_id: int, sha256: str) -> Sketch | None:
        """The kept sketch of the file with this hash under one answer key; None if there is none."""
        try:
            data = self._sketch(answer_key_id, sha256).read_bytes()
            values = np.load(io.BytesIO(data[DIGEST_BYTES:]), allow_pickle=False)
        except (FileNotFoundError, ValueError, EOFError):
            return None
        return Sketch(data[:DIGEST_BYTES].decode(), values)

    def keep_sketch(self, answer_key_id: int, sha256: str, sketch: Sketch) -> None:
        """Keep a sketch, its labels in as few bytes as hold them."""
        values = sketch.values
        if values.dtype.kind == "i":
            values = values.astype(np.result_type(np.min_scalar_type(int(values.max(initial=0))), np.int8))
        array = io.BytesIO()
        np.save(array, values, allow_pickle=False)
        _put(self._sketch(answer_key_id, sha256), sketch.digest.encode() + array.getvalue())

    def forget(self, sha256: str) -> None:
        """Remove the sketches of a file, under every answer key: the file itself is deleted."""
        for path in self.root.glob(f"sketches-*/*/{sha256[:2]}/{sha256}"):
            path.unlink(missing_ok=True)

    @contextmanager
    def alone(self, competition_id: int, *, now: datetime) -> Iterator[None]:
        """Hold a competition's comparison; raises Conflict while another process holds it.

        The kernel lets go of it when the process dies.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with open(self._lock(competition_id), "a+") as file:
            if not _taken(file):
                raise Conflict(Message("A comparison is running already; its report will be here soon."))
            file.truncate(0)
            file.write(iso(now))
            file.flush()
            yield

    def running_since(self, competition_id: int) -> str | None:
        """When the comparison that is running began, as ISO text; None when none is running."""
        try:
            with open(self._lock(competition_id)) as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return file.read()
        except FileNotFoundError:
            return None
        return None

    def _report(self, competition_id: int) -> Path:
        return self.root / f"report-{competition_id}.json"

    def _lock(self, competition_id: int) -> Path:
        return self.root / f"report-{competition_id}.lock"

    def _sketch(self, answer_key_id: int, sha256: str) -> Path:
        return self.root / f"sketches-{FORM}" / str(answer_key_id) / sha256[:2] / sha256


def _taken(file: IO[str]) -> bool:
    """Take the lock of a file, waiting no longer than those hold it who look whether it is held."""
    for _ in range(TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(PAUSE_SECONDS)
    return False


def _put(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; it need not survive a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrived = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        arrived.write_bytes(data)
        os.replace(arrived, path)
    finally:
        arrived.unlink(missing_ok=True)
