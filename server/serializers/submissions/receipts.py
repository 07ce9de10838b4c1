"""The shapes of what students can check themselves: commitments to answer keys, and signed receipts."""

import base64
from datetime import datetime
from typing import Literal, NotRequired

from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from grader.proofs.receipt import FORMAT, signed_bytes
from server.clock import iso
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.grading import commitments
from server.domain.grading.commitments import OpenedCommitment, PublishedCommitment
from server.domain.submissions import submit as submissions
from server.domain.submissions.receipt_keys import PublicKey, ReceiptKeys
from server.models import User
from server.serializers.submissions import submissions as submissions_json
from server.serializers.submissions.submissions import ReceiptJson
from server.serializers.values import Time


class KeyVersionJson(TypedDict):
    """What was promised of one version of an answer key; salt and text from the reveal on."""

    version: int
    commitment: str
    made_at: Time
    reason: str
    is_current: bool
    salt: NotRequired[str]
    text: NotRequired[str]


class CommitmentJson(TypedDict):
    """What was promised at a competition's opening and with each correction since."""

    competition: str
    commitment: str | None
    state: Literal["none", "sealed", "opened"]
    reveal_at: Time
    versions: list[KeyVersionJson]


class SignedFactsJson(TypedDict):
    """What a signature covers; nothing of it depends on a private target."""

    submission: int
    competition: str
    team_id: int
    team: str
    submitted_by: str
    file_name: str
    sha256: str
    size: int
    received_at: Time
    course_day: str
    slot: int | None
    is_late: bool
    is_practice: bool
    is_trial: bool
    state: str
    public_score: str | None
    key_version: int
    commitment: str | None
    signed_at: Time
    server: str | None


class SignedReceiptJson(TypedDict):
    """A receipt that proves itself: `signature` is base64 of an Ed25519 signature."""

    format: str
    receipt: SignedFactsJson
    key_id: str
    signature: str


class UploadReceiptJson(ReceiptJson):
    """The answer to an upload."""

    signed: SignedReceiptJson


class ReceiptKeyJson(TypedDict):
    """A key that signs receipts or has signed them; `public` is base64 of its 32 bytes."""

    id: str
    algorithm: Literal["Ed25519"]
    public: str
    made_at: Time
    retired_at: Time | None


class ReceiptKeyListJson(TypedDict):
    """The keys of an installation; the one that signs now is the first."""

    keys: list[ReceiptKeyJson]


def commitment(session: Session, access: Access, *, now: datetime) -> CommitmentJson:
    """A competition's commitments: sealed until the reveal, then opened with salt and text.

    The session must be allowed private tables exactly when the competition is revealed.
    """
    row = access.competition
    is_opened = competitions.is_revealed(row, now)
    secrets = commitments.opened(session, competition=row, now=now) if is_opened else {}
    versions = commitments.published(session, competition=row)
    return {
        "competition": row.slug,
        "commitment": row.commitment,
        "state": ("opened" if is_opened else "sealed") if versions else "none",
        "reveal_at": iso(row.reveal_at),
        "versions": [_version(each, secrets.get(each.version)) for each in versions],
    }


def _version(row: PublishedCommitment, secret: OpenedCommitment | None) -> KeyVersionJson:
    sealed: KeyVersionJson = {
        "version": row.version,
        "commitment": row.commitment,
        "made_at": iso(row.made_at),
        "reason": row.reason,
        "is_current": row.is_current,
    }
    return sealed if secret is None else {**sealed, "salt": secret.salt, "text": secret.text}


def signed(
    receipt: ReceiptJson, *, keys: ReceiptKeys, server: str | None, now: datetime
) -> SignedReceiptJson:
    """A receipt as one of its own that proves itself: signed with Ed25519.

    The public score becomes a text, as it is shown, so that it has one spelling in every language.
    """
    score, decimals = receipt["public_score"], receipt["decimals"]
    facts: SignedFactsJson = {
        "submission": receipt["id"],
        "competition": receipt["competition"],
        "team_id": receipt["team_id"],
        "team": receipt["team"],
        "submitted_by": receipt["submitted_by"],
        "file_name": receipt["file_name"],
        "sha256": receipt["sha256"],
        "size": receipt["size"],
        "received_at": receipt["received_at"],
        "course_day": receipt["course_day"],
        "slot": receipt["slot"],
        "is_late": receipt["is_late"],
        "is_practice": receipt["is_practice"],
        "is_trial": receipt["is_trial"],
        "state": receipt["state"],
        "public_score": None if score is None else f"{score:.{decimals}f}",
        "key_version": receipt["key_version"],
        "commitment": receipt["commitment"],
        "signed_at": iso(now),
        "server": server,
    }
    key = keys.signing(now)
    signature = base64.b64encode(key.sign(signed_bytes({**facts}))).decode()
    return {"format": FORMAT, "receipt": facts, "key_id": key.id, "signature": signature}


def signed_again(
    session: Session,
    *,
    submission_id: int,
    user: User,
    keys: ReceiptKeys,
    server: str | None,
    now: datetime,
) -> SignedReceiptJson:
    """A submission's receipt as of now, for its team and the staff; NotFound for others."""
    row, access = submissions.visible(session, submission_id=submission_id, user=user, now=now)
    receipt = submissions_json.receipt(session, row, access=access, repeated=False, took_ms=0, now=now)
    return signed(receipt, keys=keys, server=server, now=now)


def receipt_key(row: PublicKey) -> ReceiptKeyJson:
    """A key that signs receipts or has signed them."""
    return {
        "id": row.id,
        "algorithm": "Ed25519",
        "public": base64.b64encode(row.public).decode(),
        "made_at": row.made_at,
        "retired_at": row.retired_at,
    }
