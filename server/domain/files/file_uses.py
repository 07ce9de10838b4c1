"""Which stored files something still refers to: a file that nothing does may be removed.

The submissions and the code of a person whose data were deleted refer to their files no more; those of
others with the same bytes do. Of files that were not scored, the last few of each team are kept for staff to
look at: no rescore reads them, and anybody may send sixty an hour.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.domain.audit.names import PERSON
from server.models import (
    AnswerKeyVersion,
    AuditEntry,
    CodeVersion,
    Competition,
    CompetitionFile,
    CompetitionFileVersion,
    DraftFile,
    KaggleUpload,
    PrivateExport,
    PrivateKnownScore,
    Submission,
    SubmissionState,
)

T = TypeVar("T")
UNSCORED_KEPT, UNSCORED_BYTES = 20, 100_000_000  # of a team's files without a score: how many, and how large
ERASED = "person_erased"  # the act by which a person's data are deleted; its entry is the one mark of it
ASKED_AT_ONCE = 500
# Each column that holds the hash of a stored file, but those of people's own; a test knows the other hashes.
COLUMNS = (
    Competition.metric_sha256,
    CompetitionFile.sha256,
    CompetitionFileVersion.sha256,
    DraftFile.sha256,
    AnswerKeyVersion.sha256,
    AnswerKeyVersion.metric_sha256,
    PrivateKnownScore.sha256,
    PrivateExport.sha256,
    KaggleUpload.sha256,
)


def erased_ids(session: Session) -> set[int]:
    """The users whose data were deleted."""
    subjects = session.scalars(select(AuditEntry.subject).where(AuditEntry.act == ERASED))
    matches = (PERSON.fullmatch(subject) for subject in subjects)
    return {int(match[1]) for match in matches if match}


def in_use(session: Session, hashes: Iterable[str]) -> set[str]:
    """Those of these files that something refers to. Needs a session that may see private tables."""
    all_hashes, used = sorted(set(hashes)), set()
    erased = erased_ids(session)
    for start in range(0, len(all_hashes), ASKED_AT_ONCE):
        batch = all_hashes[start : start + ASKED_AT_ONCE]
        for column in COLUMNS:
            used |= {value for value in session.scalars(select(column).where(column.in_(batch))) if value}
        rows = session.execute(
            select(Submission.sha256, Submission.submitted_by)
            .where(Submission.sha256.in_(batch), Submission.id.not_in(_dropped(Submission.id)))
            .distinct()
        )
        used |= {sha256 for sha256, by in rows if by not in erased}
        code = session.execute(
            select(CodeVersion.sha256, CodeVersion.handed_in_by).where(CodeVersion.sha256.in_(batch))
        )
        used |= {sha256 for sha256, by in code if by not in erased}
    return used


def dropped(session: Session) -> set[str]:
    """The files without a score that are no longer kept for their team; others may refer to them still."""
    return set(session.scalars(_dropped(Submission.sha256)))


def _dropped(column: InstrumentedAttribute[T]) -> Select[T]:
    """A query of a column of those submissions: all but the last ones of each team, and the very last."""
    newest_first: Any = {"partition_by": Submission.team_id, "order_by": Submission.id.desc()}
    rows = (
        select(
            column.label("value"),
            func.row_number().over(**newest_first).label("place"),
            func.sum(Submission.size).over(**newest_first, rows=(None, 0)).label("bytes"),
        )
        .where(Submission.state.in_([SubmissionState.INVALID, SubmissionState.FAILED]))
        .subquery()
    )
    is_large = (rows.c.bytes > UNSCORED_BYTES) & (rows.c.place > 1)
    return select(rows.c.value).where((rows.c.place > UNSCORED_KEPT) | is_large)


def without_file(session: Session, *, competition_id: int) -> list[int]:
    """The submissions whose files were deleted with a person's data.

    Their scores stay as they are, and no other answer key can grade them. Needs a session that may see
    private tables.
    """
    rows = session.execute(
        select(Submission.id, Submission.sha256)
        .where(Submission.competition_id == competition_id, Submission.submitted_by.in_(erased_ids(session)))
        .order_by(Submission.id)
    ).all()
    used = in_use(session, (sha256 for _, sha256 in rows))
    return [submission_id for submission_id, sha256 in rows if sha256 not in used]
