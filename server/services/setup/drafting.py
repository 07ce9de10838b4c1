"""How drafts begin: chosen from the homeworks of the installation, or unpacked from an archive."""

import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from grader.homeworks.homework_file import HOMEWORK_FILE, table_of_file
from grader.messages import Message
from server.domain.audit.actor import Actor
from server.domain.errors import Invalid
from server.domain.files.file_store import FileStore
from server.domain.setup import homework_archive, homework_box
from server.domain.setup.drafts import calendar
from server.domain.setup.drafts import draft as drafts
from server.domain.setup.drafts.draft import NewDraft
from server.domain.setup.drafts.parts import Parts, plain
from server.domain.setup.homework_box import HomeworkFolder
from server.domain.setup.importing import BuiltHomework, read_homework
from server.models import Course, Draft, DraftSource
from server.settings import Settings


def choose(
    session: Session, folders: list[HomeworkFolder], *, course: Course, by: Actor, now: datetime
) -> list[Draft]:
    """A draft for each of these folders, on the course's calendar with the distances that they have."""
    if not folders:
        raise Invalid(Message("No homework was chosen. Tick one at least."))
    first = calendar.first_opening(session, course=course, now=now)
    times = calendar.placed([each.rules for each in folders], course=course, first=first)
    return [
        drafts.begin(
            session,
            NewDraft(
                slug=drafts.free_slug(session, folder.slug, course=course),
                source=DraftSource.BOX,
                homework=folder.name,
                parts=Parts(table=plain({**of_folder, "reset_zone": folder.rules.reset_zone})),
                trains=True,
            ),
            course=course,
            by=by,
            now=now,
        )
        for folder, of_folder in zip(folders, times, strict=True)
    ]


def unpacked(settings: Settings, data: bytes, *, file_name: str) -> tuple[BuiltHomework, Parts]:
    """The homework in an archive, checked as at an import, and the parts of its draft. Slow; no database.

    Raises Invalid with every problem of the archive or of the homework.
    """
    store = FileStore(settings.files_dir)
    with tempfile.TemporaryDirectory(dir=settings.data_dir, prefix=".archive-") as folder:
        into = Path(folder) / "homework"
        into.mkdir()
        archive = homework_archive.unpack(data, into=into, name=Path(file_name).stem)
        homework = replace(read_homework(store, folder=into, built=into), name=archive.name)
        table = table_of_file((into / HOMEWORK_FILE).read_bytes())
    parts = Parts(
        table=plain(table),
        description_md=homework.description_md,
        files=homework.files,
        key=homework.key,
        metric_file=homework.metric_file,
    )
    return homework, parts


def begin_unpacked(
    session: Session, homework: BuiltHomework, parts: Parts, *, course: Course, by: Actor, now: datetime
) -> Draft:
    """A draft of the homework of an archive, next on the course's calendar."""
    first = calendar.first_opening(session, course=course, now=now)
    (times,) = calendar.placed([homework.rules], course=course, first=first)
    slug = homework_box.slug_of(Path(homework.name)).lower()
    return drafts.begin(
        session,
        NewDraft(
            slug=drafts.free_slug(session, slug, course=course),
            source=DraftSource.FOLDER,
            homework=homework.name,
            parts=replace(parts, table={**parts.table, **plain(times)}),
        ),
        course=course,
        by=by,
        now=now,
    )
