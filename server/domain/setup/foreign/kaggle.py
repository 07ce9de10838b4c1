"""The files of a host at Kaggle: solution.csv, sample_submission.csv, a metric, texts, data."""

import csv
import re
from pathlib import Path

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.files.public_files import require_public_file
from server.domain.grading.answer_keys import SAMPLE
from server.domain.setup.drafts.parts import LeftOut
from server.domain.setup.foreign.competition import (
    ForeignCompetition,
    KeyColumns,
    Table,
    columns_of,
    key_of,
    metric_called,
    other_columns,
    table_in,
)

KEY, METRIC, METRIC_NAME = "solution.csv", "metric.py", "metric.txt"
# In the order of the pages there; what is missing is passed over.
TEXTS = ("description.md", "overview.md", "evaluation.md", "data-description.md", "rules.md")
DIRECTIONS = {"higher": True, "max": True, "lower": False, "min": False}
SECRET = re.compile(r"solution|answer|private|secret|ground.?truth|metric", re.IGNORECASE)
HEAD_BYTES = 4096
NO_DIRECTION = Message(
    "it needs a direction: write `higher` or `lower` in metric.txt beside it, or choose a metric on the page"
)
NOT_PUBLIC = Message("its name or its columns say that it may hold answers; add it by hand if it is public")
NOT_TAKEN = Message("it is no file that can be handed out under this name")


def is_host_folder(folder: Path) -> bool:
    """Whether this is what a host of Kaggle's has."""
    return (folder / KEY).is_file()


def read(folder: Path, *, name: str) -> ForeignCompetition:
    """The competition in a host's folder; raises Invalid with what is wrong with its files."""
    table = table_in(folder / KEY)
    sample = table_in(folder / SAMPLE) if (folder / SAMPLE).is_file() else None
    columns = columns_of(table, sample, name=KEY)
    key, has_usage = key_of(table, columns, name=KEY)
    words = _words(folder)
    direction = next((DIRECTIONS[each] for each in words if each in DIRECTIONS), None)
    metric = metric_called([each for each in words if each not in DIRECTIONS])
    left_out = other_columns(table, columns, name=KEY)
    custom = (folder / METRIC).read_bytes() if (folder / METRIC).is_file() and metric is None else None
    if custom is not None and direction is None:
        left_out.append(LeftOut(METRIC, NO_DIRECTION))
        custom = None
    files, others = _files(folder, columns, table)
    title, text = _texts(folder, name)
    return ForeignCompetition(
        title=title,
        description_md=text,
        key=key,
        has_usage=has_usage,
        columns=columns,
        metric=metric,
        custom=custom,
        higher_is_better=direction if custom is not None else None,
        files=files,
        left_out=(*left_out, *others),
    )


def _words(folder: Path) -> list[str]:
    """The lines of metric.txt: the metric's name, a direction, or both."""
    path = folder / METRIC_NAME
    if not path.is_file():
        return []
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError:
        raise Invalid(Message("{name} is not UTF-8 text.", name=METRIC_NAME)) from None


def _texts(folder: Path, name: str) -> tuple[str, str]:
    """The title, a heading at the top of the first text or else the folder's name, and the texts as one."""
    parts = []
    for file_name in TEXTS:
        path = folder / file_name
        if path.is_file():
            try:
                parts.append(path.read_text(encoding="utf-8").strip())
            except UnicodeDecodeError:
                raise Invalid(Message("{name} is not UTF-8 text.", name=file_name)) from None
    text = "\n\n".join(filter(None, parts))
    heading = re.match(r"# +([^\n]+)\n?", text)
    return (heading[1].strip(), text[heading.end() :].strip()) if heading else (name, text)


def _files(folder: Path, columns: KeyColumns, key: Table) -> tuple[dict[str, Path], list[LeftOut]]:
    """The files that students get, by name, and those that are left out."""
    place = key[0].index(columns.id_column)
    ids = {row[place] for row in key[1:]}
    files: dict[str, Path] = {}
    left_out = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        name = path.relative_to(folder).as_posix()
        if name in (KEY, METRIC, METRIC_NAME, *TEXTS):
            continue
        if name != SAMPLE and (SECRET.search(name) or _tells_answers(path, columns, ids)):
            left_out.append(LeftOut(name, NOT_PUBLIC))
            continue
        try:
            with path.open("rb") as file:
                require_public_file(name, file.read(HEAD_BYTES))
        except Invalid:
            left_out.append(LeftOut(name, NOT_TAKEN))
            continue
        files[name] = path
    return files, left_out


def _tells_answers(path: Path, columns: KeyColumns, ids: set[str]) -> bool:
    """Whether a table has all columns of the key for a row of it."""
    if path.suffix.lower() != ".csv":
        return False
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        if not {columns.id_column, *columns.target_columns} <= set(header):
            return False
        place = header.index(columns.id_column)
        return any(len(row) > place and row[place] in ids for row in rows)
