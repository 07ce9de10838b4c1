"""Which uploads are compared with which, and what is told of them: near-duplicates, probing, shared files.

All of it is for staff, and all of it is a reason to ask: no rule of ours reads a report.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.models import Competition, Standing, Submission, SubmissionState, Team, TeamKind

VECTORS_MOST = 2_600  # files compared with each other; time and memory grow with its square
EDIT_SHARE = 0.01  # share of the compared rows up to which a file is a small edit of another
EDITS_LEAST = 5  # small edits from which on a team's series is told of
SHARED_SHOWN = 20  # uploads of one file that are told of


@dataclass(frozen=True)
class UploadedFile:
    """One scored file of a student team.

    rank: 0 for what the team stands with, 1 for a final selection, 2 for its latest, 3 for any other.
    """

    submission_id: int
    team_id: int
    sha256: str
    received_at: datetime
    rank: int


@dataclass(frozen=True)
class Probing:
    """A team that sent many small edits.

    edits: how many of its uploads differ from an earlier one of its own in at most one row of a hundred;
    least: the median share of rows in which they differ.
    """

    team_id: int
    uploads: int
    edits: int
    median_share: float
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class SharedFile:
    """The same predictions from several teams, in order of receipt.

    seconds: between the first upload and the first one of another team. is_same_file: byte by byte; else only
    what the files say is the same.
    """

    uploads: tuple[UploadedFile, ...]
    teams: int
    seconds: float
    is_same_file: bool


def uploads_of(session: Session, competition: Competition) -> list[UploadedFile]:
    """The scored uploads of all student teams in order of receipt; a merged team's are its new one's."""
    standing = dict(
        session.execute(
            select(Standing.submission_id, Standing.team_id).where(Standing.competition_id == competition.id)
        ).all()
    )
    rows = session.execute(
        select(
            Submission.id,
            func.coalesce(Team.merged_into, Team.id),
            Submission.sha256,
            Submission.received_at,
            Submission.is_final,
        )
        .join(Team, Team.id == Submission.team_id)
        .where(
            Submission.competition_id == competition.id,
            Submission.state == SubmissionState.SCORED,
            Submission.is_practice.is_(False),
            Team.kind == TeamKind.STUDENT,
        )
        .order_by(Submission.received_at, Submission.id)
    ).all()
    latest = {team_id: submission_id for submission_id, team_id, *_ in rows}
    return [
        UploadedFile(each, team, sha256, at, _rank(each in standing, is_final, latest[team] == each))
        for each, team, sha256, at, is_final in rows
    ]


def _rank(stands: bool, is_final: bool, is_latest: bool) -> int:
    return 0 if stands else 1 if is_final else 2 if is_latest else 3


def baseline_files(session: Session, competition: Competition) -> list[str]:
    """The hashes of the files that the baselines stand with."""
    return list(
        session.scalars(
            select(Submission.sha256)
            .join(Standing, Standing.submission_id == Submission.id)
            .join(Team, Team.id == Standing.team_id)
            .where(Standing.competition_id == competition.id, Team.kind == TeamKind.BASELINE)
            .order_by(Submission.id)
        )
    )


def chosen(uploads: Iterable[UploadedFile], *, most: int = VECTORS_MOST) -> list[UploadedFile]:
    """The uploads to compare: what each team stands with, its final selections, its latest; not too many.

    When there are too many, the latest go first, then the final selections. A team's files that are alike
    byte by byte come once.
    """
    uploads_by_file: dict[tuple[int, str], UploadedFile] = {}
    for each in sorted(uploads, key=lambda upload: (upload.rank, upload.submission_id)):
        if each.rank <= 2 and len(uploads_by_file) < most:
            uploads_by_file.setdefault((each.team_id, each.sha256), each)
    return list(uploads_by_file.values())


def probing(
    uploads: Sequence[UploadedFile], digests: Sequence[str], vectors: NDArray[np.generic]
) -> Probing | None:
    """What there is to tell of one team's series of uploads; None without at least five small edits.

    uploads: in order of receipt; digests: of all that each says; vectors: (n_uploads, n_cells), what each
    says on the sampled rows. A file that says the same as an earlier one in other words is no edit of it.
    """
    shares: list[tuple[float, datetime]] = []
    for number in range(1, len(uploads)):
        if digests[number] in digests[:number]:
            continue
        different = np.count_nonzero(vectors[:number] != vectors[number], axis=1).min()
        share = float(different) / vectors.shape[1]
        if share <= EDIT_SHARE:
            shares.append((share, uploads[number].received_at))
    if len(shares) < EDITS_LEAST:
        return None
    return Probing(
        uploads[0].team_id,
        len(uploads),
        len(shares),
        float(np.median([share for share, _ in shares])),
        min(at for _, at in shares),
        max(at for _, at in shares),
    )


def shared(
    uploads: Sequence[UploadedFile], digests: Sequence[str | None], *, known: set[str]
) -> list[SharedFile]:
    """The predictions that several teams uploaded, those that followed the soonest first.

    uploads: in order of receipt; digests: of what each says, None where it could not be read. known: digests
    of what everybody has, such as the sample submission.
    """
    groups: dict[str, list[UploadedFile]] = defaultdict(list)
    for each, digest in zip(uploads, digests, strict=True):
        if digest is not None and digest not in known:
            groups[digest].append(each)
    groups_of_teams = [
        _shared(group) for group in groups.values() if len({each.team_id for each in group}) > 1
    ]
    return sorted(groups_of_teams, key=lambda each: each.seconds)


def _shared(group: list[UploadedFile]) -> SharedFile:
    first = group[0]
    follower = next(each for each in group if each.team_id != first.team_id)
    return SharedFile(
        tuple(group[:SHARED_SHOWN]),
        len({each.team_id for each in group}),
        (follower.received_at - first.received_at).total_seconds(),
        first.sha256 == follower.sha256,
    )
