"""A bundle of Codabench or CodaLab: competition.yaml, reference data, a scoring program."""

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.setup.drafts.parts import LeftOut
from server.domain.setup.foreign import codalab
from server.domain.setup.foreign.competition import (
    ForeignCompetition,
    columns_of,
    key_of,
    metric_called,
    other_columns,
    table_in,
)
from server.domain.setup.foreign.phase_times import phase_times
from server.domain.setup.homework_archive import unpack_all

FILE = "competition.yaml"
YAML_MOST = 1_000_000  # bytes
OTHER_PHASE = Message("a competition has one phase here; its times are on the calendar")
OTHER_TASK = Message("a competition has one answer key here")
OTHER_SCORE = Message("a board has one score here")
HTML = Message("it is HTML; write it as Markdown on the page")
PROGRAM = Message("no program of an upload is run; the metric is {metric}, so compare the score of one file")
NO_METRIC = Message("no program of an upload is run, and no metric has its name: choose one on the page")
NOT_RUN = Message("no program of an upload is run")
IMAGES = Message("nothing runs in containers here")
FACTS = Message("there are no questions beside a submission")
TERMS = Message("a course's people are on its roster, and agree to nothing here")
OF_A_TIER = Message("enter it on the page as the file of a tier")
NOT_CARRIED = {  # keys of the bundle, and of its phases, that have nothing here
    "docker_image": IMAGES,
    "fact_sheet": FACTS,
    "terms": TERMS,
    "solutions": OF_A_TIER,
    "queue": IMAGES,
    "starting_kit": Message("add it on the page as a data file"),
    "public_data": Message("add it on the page as a data file"),
    "input_data": Message("add it on the page as a data file if students may have it"),
    "ingestion_program": NOT_RUN,
    "image": Message("add it on the page as a picture"),
}


def is_bundle(folder: Path) -> bool:
    """Whether this is an unpacked bundle."""
    return (folder / FILE).is_file()


def read(folder: Path, *, name: str) -> ForeignCompetition:
    """The competition in an unpacked bundle; raises Invalid with what is wrong with it."""
    bundle = _bundle(folder / FILE)
    tasks = _objects(bundle, "tasks")
    if not tasks:
        raise Invalid(Message("{name} names no task, whose reference data are the answer key.", name=FILE))
    key_path = _reference(folder, tasks[0])
    table = table_in(key_path)
    columns = columns_of(table, None, name=key_path.name)
    key, has_usage = key_of(table, columns, name=key_path.name)
    scores = _objects(bundle, "leaderboards", "columns")
    first = scores[0] if scores else {}
    words = [str(first.get(each, "")) for each in ("key", "title")]
    match = metric_called(words, higher_is_better=_direction(first))
    phases = _objects(bundle, "phases")
    limit = phases[0].get("max_submissions_per_day") if phases else None
    return ForeignCompetition(
        title=str(bundle.get("title") or name),
        description_md=_texts(folder, bundle),
        key=key,
        has_usage=has_usage,
        columns=columns,
        metric=match,
        times=phase_times(phases),
        daily_limit=limit if isinstance(limit, int) and limit > 0 else None,
        left_out=(
            *other_columns(table, columns, name=key_path.name),
            *_left_out(bundle, metric=None if match is None else match.name),
        ),
    )


def _bundle(path: Path) -> Mapping[str, Any]:
    """The table in competition.yaml, as version 2 has it; raises Invalid for what is none."""
    data = path.read_bytes()
    try:
        if len(data) > YAML_MOST:
            raise yaml.YAMLError(f"{len(data)} bytes")
        bundle = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise Invalid(Message("{name} is no YAML: {reason}.", name=FILE, reason=reason)) from error
    if not isinstance(bundle, dict):
        raise Invalid(Message("{name} is no table of a competition.", name=FILE))
    if codalab.is_first_version(bundle):
        return codalab.as_second_version(bundle)
    if str(bundle.get("version", "1")).partition(".")[0] != "2":
        raise Invalid(
            Message(
                "{name} is of version {version} and has no phase with reference data. Bundles of version 2 "
                "are read, and those of version 1 whose phases name theirs: write `reference_data` into a "
                "phase, or load the bundle into Codabench and download it there again.",
                name=FILE,
                version=str(bundle.get("version", 1)),
            )
        )
    return bundle


def _objects(of: Mapping[str, Any], *keys: str) -> list[Mapping[str, Any]]:
    """The objects in a list of the bundle, or in a list of each of them; what is none is passed over."""
    rows: list[Mapping[str, Any]] = [of]
    for key in keys:
        lists = [row.get(key) for row in rows]
        rows = [each for row in lists if isinstance(row, list) for each in row if isinstance(each, dict)]
    return rows


def _direction(column: Mapping[str, Any]) -> bool | None:
    return {"desc": True, "asc": False}.get(str(column.get("sorting", "")).lower())


def _inside(folder: Path, name: object) -> Path:
    """A file or folder that the bundle names; raises Invalid where it is none of the bundle."""
    path = PurePosixPath(str(name))
    target = folder / path
    if path.is_absolute() or ".." in path.parts or not target.exists():
        raise Invalid(Message("{name} names {path}, which is not in the bundle.", name=FILE, path=str(name)))
    return target


def _reference(folder: Path, task: Mapping[str, Any]) -> Path:
    """The one table among a task's reference data, which may be a folder, an archive or the table itself."""
    target = _inside(folder, task.get("reference_data", ""))
    if target.is_file() and zipfile.is_zipfile(target):
        into = folder / ".reference"
        into.mkdir(exist_ok=True)
        target = unpack_all(target.read_bytes(), into=into, name="reference").folder
    tables = [target] if target.is_file() else sorted(target.rglob("*.csv"))
    if len(tables) != 1:
        raise Invalid(
            Message(
                "The reference data {path} should have one CSV file, the answer key; there are {count}.",
                path=str(task.get("reference_data", "")),
                count=len(tables),
            )
        )
    return tables[0]


def _texts(folder: Path, bundle: Mapping[str, Any]) -> str:
    """The description and the pages as one text."""
    parts = [str(bundle.get("description") or "")]
    for page in _objects(bundle, "pages"):
        path = _inside(folder, page.get("file", ""))
        text = path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""
        if not _is_html(path.name):
            parts.append(f"## {page.get('title') or path.stem}\n\n{text.strip()}")
    return "\n\n".join(each.strip() for each in parts if each.strip())


def _left_out(bundle: Mapping[str, Any], *, metric: str | None) -> Iterator[LeftOut]:
    """Everything of the bundle that the draft has nothing of, by its name there."""
    tasks, phases = _objects(bundle, "tasks"), _objects(bundle, "phases")
    scores = _objects(bundle, "leaderboards", "columns")
    program = tasks[0].get("scoring_program")
    if program:
        reason = NO_METRIC if metric is None else PROGRAM.filled(metric=metric)
        yield LeftOut(f"scoring_program: {program}", reason)
    for kind, rows, reason in (
        ("tasks", tasks, OTHER_TASK),
        ("phases", phases, OTHER_PHASE),
        ("leaderboards", scores, OTHER_SCORE),
    ):
        for row in rows[1:]:
            shown = next((row[each] for each in ("name", "title", "key", "index") if each in row), "")
            yield LeftOut(f"{kind}: {shown}", reason)
    for page in _objects(bundle, "pages"):
        if _is_html(str(page.get("file", ""))):
            yield LeftOut(f"pages: {page.get('file')}", HTML)
    for part in (bundle, *tasks, *phases):
        for key, reason in NOT_CARRIED.items():
            value = part.get(key)
            if value:
                yield LeftOut(f"{key}: {value}" if isinstance(value, str) else key, reason)


def _is_html(name: str) -> bool:
    return name.lower().endswith((".html", ".htm"))
