"""Commitments: the promise, made at the opening, of which answer key, split and metric decide.

The hash is public from the start: the opening's stands in `competitions.commitment`, and every version's in
the audit trail, which the database lets nobody change. Salts and texts lie in `private_salts` and are shown
from the reveal on, to students and staff alike.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.proofs.commitment import SALT_BYTES, Covers, commitment
from server.database.database import lock
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.competitions import access as competitions
from server.domain.errors import PrivateHidden
from server.models import AnswerKeyVersion, AuditEntry, Competition, PrivateSalt, Rescore

ACT = "answer_key_committed"


@dataclass(frozen=True)
class PublishedCommitment:
    """The public part of one version's commitment. `reason`: why the version was made; empty for the first.

    is_current: the boards show scores under this version now.
    """

    version: int
    commitment: str
    made_at: datetime
    reason: str
    is_current: bool


@dataclass(frozen=True)
class OpenedCommitment:
    """What was secret until the reveal: SHA-256 of the salt's bytes, then of the text, is the commitment."""

    salt: str  # hexadecimal digits
    text: str


def commit(
    session: Session,
    *,
    competition: Competition,
    key: AnswerKeyVersion,
    split_sha256: str,
    by: Actor,
    now: datetime,
) -> str:
    """Commit to one version of the answer key, for good; the hash that anybody may know from now on.

    The first version's becomes the competition's own and stays it. split_sha256: as grader.commitment finds
    it in the key's file. Needs a session that may see private tables.
    """
    text = Covers(
        competition=competition.slug,
        key_version=key.version,
        answer_key_sha256=key.sha256,
        id_column=competition.id_column,
        split_sha256=split_sha256,
        metric=key.metric,
        metric_arguments=key.metric_arguments,
        metric_sha256=key.metric_sha256,
        higher_is_better=key.higher_is_better,
    ).text()
    salt = secrets.token_bytes(SALT_BYTES)
    sha256 = commitment(text, salt)
    if key.version == 1:
        competition.commitment = sha256
    _keep(session, competition, key.version, {"salt": salt.hex(), "text": text}, now)
    act = audit.Act(
        ACT,
        f"{competition.slug}, version {key.version}",
        competition=competition,
        reason=key.reason,
        after={"version": key.version, "commitment": sha256},
    )
    audit.record(session, act, by=by, now=now)
    return sha256


def _keep(
    session: Session, competition: Competition, version: int, secret: dict[str, str], now: datetime
) -> None:
    """Add a version's salt and text to the competition's row, which is made with the first of them."""
    mine = PrivateSalt.competition_id == competition.id
    lock(session, select(PrivateSalt.competition_id).where(mine).with_for_update(), {})
    row = session.scalar(select(PrivateSalt).where(mine).execution_options(populate_existing=True))
    if row is None:
        covers: dict[str, Any] = {str(version): secret}
        session.add(
            PrivateSalt(competition_id=competition.id, salt=secret["salt"], covers=covers, made_at=now)
        )
    else:
        row.covers = row.covers | {str(version): secret}
    session.flush()


def published(session: Session, *, competition: Competition) -> list[PublishedCommitment]:
    """The commitments to the versions that boards have shown, the opening's first.

    Empty where the competition is older than commitments. A version that waits for its rescore, or was given
    up before it, is left out: it has decided nothing.
    """
    entries = session.execute(
        select(AuditEntry.after, AuditEntry.at)
        .where(AuditEntry.competition_id == competition.id, AuditEntry.act == ACT)
        .order_by(AuditEntry.id)
    )
    commitments = {after["version"]: (after["commitment"], at) for after, at in entries if after is not None}
    switched = select(Rescore.to_key_id).where(
        Rescore.competition_id == competition.id, Rescore.switched_at.is_not(None)
    )
    versions = session.scalars(
        select(AnswerKeyVersion)
        .where(
            AnswerKeyVersion.competition_id == competition.id,
            (AnswerKeyVersion.version == 1)
            | (AnswerKeyVersion.id == competition.answer_key_id)
            | AnswerKeyVersion.id.in_(switched),
        )
        .order_by(AnswerKeyVersion.version)
    )
    return [
        PublishedCommitment(
            version=key.version,
            commitment=commitments[key.version][0],
            made_at=commitments[key.version][1],
            reason=key.reason,
            is_current=key.id == competition.answer_key_id,
        )
        for key in versions
        if key.version in commitments
    ]


def opened(session: Session, *, competition: Competition, now: datetime) -> dict[int, OpenedCommitment]:
    """What the commitments were made with, by key version; PrivateHidden before the reveal, for staff too.

    Needs a session that may see private tables.
    """
    if not competitions.is_revealed(competition, now):
        raise PrivateHidden(competition.reveal_at, competition.reset_zone)
    row = session.get(PrivateSalt, competition.id)
    covers = {} if row is None else row.covers
    return {int(version): OpenedCommitment(each["salt"], each["text"]) for version, each in covers.items()}
