"""The shapes of what students can check themselves: commitments to answer keys, and signed receipts."""

import base64
from datetime import datetime

from sqlalchemy.orm import Session

from grader.proofs.receipt import FORMAT, signed_bytes
from server.clock import iso
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.grading import commitments
from server.domain.grading.commitments import Opened, Published
from server.domain.submissions import submit as submissions
from server.domain.submissions.receipt_keys import PublicKey, ReceiptKeys
from server.models import User
from server.serializers import submissions as shapes_submissions
from server.serializers.values import Json

SIGNED = (
    *("submission", "competition", "team_id", "team", "submitted_by", "file_name", "sha256", "size"),
    *("received_at", "course_day", "slot", "is_late", "is_practice", "state", "public_score"),
    *("key_version", "commitment", "signed_at", "server"),
)  # the names in a signed receipt; nothing among them depends on a private target


def commitment(session: Session, found: Access, *, now: datetime) -> Json:
    """A competition's commitments: sealed until the reveal, then opened with salt and text.

    The session must be allowed private tables exactly when the competition is revealed.
    """
    row = found.competition
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


def _version(row: Published, secret: Opened | None) -> Json:
    sealed = {
        "version": row.version,
        "commitment": row.commitment,
        "made_at": iso(row.made_at),
        "reason": row.reason,
        "is_current": row.is_current,
    }
    return sealed if secret is None else sealed | {"salt": secret.salt, "text": secret.text}


def signed(receipt: Json, *, keys: ReceiptKeys, server: str | None, now: datetime) -> Json:
    """What `shapes.receipt` made, as a receipt of its own that proves itself: signed with Ed25519.

    The public score becomes a text, as it is shown, so that it has one spelling in every language.
    """
    score, decimals = receipt["public_score"], receipt["decimals"]
    told = receipt | {
        "submission": receipt["id"],
        "public_score": None if score is None else f"{score:.{decimals}f}",
        "signed_at": iso(now),
        "server": server,
    }
    fields = {name: told[name] for name in SIGNED}
    key = keys.signing(now)
    signature = base64.b64encode(key.sign(signed_bytes(fields))).decode()
    return {"format": FORMAT, "receipt": fields, "key_id": key.id, "signature": signature}


def signed_again(
    session: Session,
    *,
    submission_id: int,
    user: User,
    keys: ReceiptKeys,
    server: str | None,
    now: datetime,
) -> Json:
    """A submission's receipt as of now, for its team and the staff; NotFound for others."""
    row, found = submissions.visible(session, submission_id=submission_id, user=user, now=now)
    told = shapes_submissions.receipt(session, row, found=found, repeated=False, took_ms=0, now=now)
    return signed(told, keys=keys, server=server, now=now)


def receipt_key(row: PublicKey) -> Json:
    """A key that signs receipts or has signed them; `public` is base64 of its 32 bytes."""
    return {
        "id": row.id,
        "algorithm": "Ed25519",
        "public": base64.b64encode(row.public).decode(),
        "made_at": row.made_at,
        "retired_at": row.retired_at,
    }
