"""A competition of another judge as a homework folder, which `splitboard import-homework` takes."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from grader.custom_metrics.metric import FILE as METRIC_FILE
from grader.homeworks.homework_file import HOMEWORK_FILE
from grader.messages import Message
from server.domain.errors import Conflict, Invalid
from server.domain.files.file_store import FileStore, StoredFile
from server.domain.setup.drafts import checks
from server.domain.setup.drafts.parts import Parts
from server.domain.setup.homework_toml import toml_of
from server.services.setup.foreign import Foreign, with_own_times

PUBLIC, KEY = "public", "private/answer_key.csv"


def write(store: FileStore, foreign: Foreign, to: Path, *, now: datetime) -> list[str]:
    """Write the folder, which must not be there yet, with its data; return what it still lacks. Slow.

    It has no scripts: nothing is drawn, and its tiers are to be written. Its times are the competition's own,
    or from tomorrow on by the clock of UTC.
    """
    if to.exists():
        raise Conflict(Message("{path} is there already; name a folder that is not.", path=str(to)))
    tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    parts = foreign.usual(opens=foreign.times.opens_at or tomorrow, zone="UTC")
    parts = with_own_times(parts, foreign.times)
    if parts.key is None:
        raise Invalid(checks.NO_KEY)
    to.mkdir(parents=True)
    (to / HOMEWORK_FILE).write_text(toml_of(parts.table), encoding="utf-8")
    (to / "description.md").write_text(parts.description_md, encoding="utf-8")
    for name, file in _files(parts).items():
        path = to / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(store.path(file.sha256), path)
    return checks.problems_of(store, parts, name=to.name)


def _files(parts: Parts) -> dict[str, StoredFile]:
    """Every file by where it lies in the folder."""
    own = {KEY: parts.key, METRIC_FILE: parts.metric_file}
    public = {f"{PUBLIC}/{name}": file for name, file in parts.files.items()}
    return public | {name: file for name, file in own.items() if file is not None}
