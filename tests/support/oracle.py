"""The oracle: what must hold of an installation whatever has happened to it, checked from the rows and files.

O1  every acknowledged submission exists, and its stored file has its hash
O2  every submission has its file; every stored file belongs to something
O3  no team holds more slots of a course day than its terms give; one that merged holds both teams'
O4  every submission is finished; a scored one has exactly one score a split under the current answer key
O3  no team holds more slots of a course day than its terms give; one that has merged holds both teams'
O6  each act of staff stands in the audit trail once
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.boards import standings
from server.domain.competitions.terms import terms_of_team
from server.domain.files.file_store import FileStore
from server.models import (
    AnswerKeyVersion,
    AuditEntry,
    Competition,
    CompetitionFile,
    PrivateScore,
    PublicScore,
    Submission,
    SubmissionState,
    Team,
    TeamKind,
    Unscored,
)
from server.services.board_cache import make_board
from tests.support.installation import Installation


def violations(
    installation: Installation, *, acknowledged: Sequence[int] = (), acts: Sequence[str] | None = None
) -> list[str]:
    """What does not hold, in sentences; empty when all is well.

    acknowledged: submissions that a student was told of. acts: every act of staff since the beginning, where
    the caller kept count.
    """

    def look(session: Session) -> list[str]:
        store = installation.context.store
        problems = [*_acknowledged(session, acknowledged), *_files(session, store)]
        for competition in session.scalars(select(Competition)):
            problems += [*_slots(session, competition), *_scores(session, competition)]
            problems += standings.differences(session, competition=competition)
            problems += [*_flags(session, competition), *_boards(installation, session, competition)]
        if acts is not None:
            entries = Counter(session.scalars(select(AuditEntry.act)))
            problems += [
                f"O6: '{act}' was done {count} times and is kept {entries[act]} times"
                for act, count in Counter(acts).items()
                if entries[act] != count
            ]
        return problems

    return installation.db.read(look, private=True)


def _acknowledged(session: Session, acknowledged: Sequence[int]) -> Iterator[str]:
    known = set(session.scalars(select(Submission.id)))
    yield from (f"O1: submission {each} was acknowledged and is gone" for each in set(acknowledged) - known)


def _files(session: Session, store: FileStore) -> Iterator[str]:
    hashes = {
        *session.scalars(select(Submission.sha256)),
        *session.scalars(select(CompetitionFile.sha256)),
        *session.scalars(select(AnswerKeyVersion.sha256)),
    }
    for sha256 in hashes:
        try:
            data = store.read(sha256)
        except FileNotFoundError:
            yield f"O2: the file {sha256[:12]} of a row is gone"
            continue
        if hashlib.sha256(data).hexdigest() != sha256:
            yield f"O1: the file {sha256[:12]} has other bytes"


def _slots(session: Session, competition: Competition) -> Iterator[str]:
    absorbed = set(session.scalars(select(Team.merged_into).where(Team.merged_into.is_not(None))))
    rows = session.execute(
        select(Submission.team_id, Submission.course_day, func.count(), func.max(Submission.slot))
        .where(Submission.competition_id == competition.id, Submission.slot.is_not(None))
        .group_by(Submission.team_id, Submission.course_day)
    )
    for team_id, day, count, highest in rows:
        limit = terms_of_team(session, competition=competition, team_id=team_id).limit_on(day)
        if team_id not in absorbed and max(count, highest or 0) > limit:
            yield f"O3: team {team_id} holds {count} slots on {day}, up to {highest}, of {limit}"


def _scores(session: Session, competition: Competition) -> Iterator[str]:
    for row in session.scalars(select(Submission).where(Submission.competition_id == competition.id)):
        if row.state is SubmissionState.RECEIVED:
            yield f"O4: submission {row.id} is not finished"
        counts = [
            session.scalar(
                select(func.count())
                .select_from(table)
                .where(
                    table.submission_id == row.id,
                    table.answer_key_id == competition.answer_key_id,
                )
            )
            for table in (PublicScore, PrivateScore)
        ]
        is_scored = row.state is SubmissionState.SCORED
        unscored = session.get(Unscored, (row.id, competition.answer_key_id)) is not None
        expected = [1, 1] if is_scored and not unscored else [0, 0]
        if counts != expected:
            yield f"O4: submission {row.id} is {row.state} with {counts} scores under the current key"


def _flags(session: Session, competition: Competition) -> Iterator[str]:
    rows = session.execute(
        select(Submission, Team.kind)
        .join(Team, Team.id == Submission.team_id)
        .where(Submission.competition_id == competition.id)
    )
    for row, kind in rows:
        terms = terms_of_team(session, competition=competition, team_id=row.team_id)
        expected = (terms.is_late(row.received_at), terms.is_over(row.received_at))
        if kind is TeamKind.STUDENT and (row.is_late, row.is_practice) != expected:
            yield f"O5: submission {row.id} is flagged {(row.is_late, row.is_practice)}, not {expected}"


def _boards(installation: Installation, session: Session, competition: Competition) -> Iterator[str]:
    staff = installation.client("root")
    for split in ("public", "private"):
        served = staff.get(f"/api/competitions/{competition.slug}/leaderboard/{split}").content
        if served != make_board(session, competition.id, split).plain:
            yield f"O5: the {split} board that is served is not the one that the standings make"
