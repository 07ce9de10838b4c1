"""What importing an uploaded file would do, and how the file was read, to be looked at before it is done.

Nothing that is wrong with the file is raised: it stands in the preview, beside what could be read so far.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from server.domain.audit.actor import Actor
from server.domain.errors import Invalid
from server.domain.people.roster import importing
from server.domain.people.roster.diff import Approval, RosterDiff
from server.domain.people.roster.file import Roster, roster_in, roster_table
from server.domain.texts.tables import Table
from server.models import Course

SAMPLE_ROWS = 4


@dataclass(frozen=True)
class RosterUpload:
    """A file, and how somebody says that it is to be read.

    encoding: None to find it out. chosen: the field of each column by its place, None to go by the titles.
    """

    data: bytes = field(repr=False)
    encoding: str | None = None
    chosen: Mapping[int, str] | None = None
    approval: Approval = importing.NOTHING_APPROVED


@dataclass(frozen=True)
class RosterPreview:
    """How a file was read and what it would change; the parts that could not be made are None.

    refusal: why it goes no further. seen: a text that is another as soon as anything in the diff is.
    """

    table: Table | None = None
    roster: Roster | None = None
    diff: RosterDiff | None = None
    refusal: str | None = None

    @property
    def can_be_applied(self) -> bool:
        """Whether nothing is wrong and no question is open."""
        return self.diff is not None and not self.diff.problems and not self.diff.questions

    @property
    def seen(self) -> str:
        """What names this very diff."""
        return "" if self.diff is None else hashlib.sha256(repr(self.diff).encode()).hexdigest()

    @property
    def sample(self) -> tuple[tuple[str, ...], ...]:
        """The cells of the first lines below the header."""
        return () if self.table is None else tuple(line.cells for line in self.table.lines[:SAMPLE_ROWS])


def preview(session: Session, *, course: Course, upload: RosterUpload, by: Actor) -> RosterPreview:
    """What importing the file into the course would do; changes nothing."""
    try:
        table = roster_table(upload.data, encoding=upload.encoding)
    except Invalid as invalid:
        return RosterPreview(refusal=invalid.message)
    try:
        roster = roster_in(table, chosen=upload.chosen)
    except Invalid as invalid:
        return RosterPreview(table, refusal=invalid.message)
    return RosterPreview(
        table,
        roster,
        importing.diff(session, course=course, roster=roster, by=by, approval=upload.approval),
    )
