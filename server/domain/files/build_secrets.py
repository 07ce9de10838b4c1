"""The installation's secret from which the seeds of its answer keys are drawn, and keys for other purposes.

Whoever has a homework's generator and its seed has its answer key, and the generator is public. So the seed
of a competition is made from a secret that no other installation has and that never leaves the data folder,
and from the names of course and competition: last year's key, once revealed, tells nothing of this year's.
"""

import hashlib
import hmac
import secrets
from pathlib import Path

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.files.file_store import write_secret_once

FILE = "build-secret"
BYTES = 32  # of the secret
SEED_BYTES = 16  # of a seed: 128 bits cannot be tried out


def seed_of(data_dir: Path, *, course: str, slug: str) -> int:
    """The seed for the data of competition `slug` in `course`, from 0 to 2**128 - 1; the same each time.

    The secret is made in data_dir when it is first needed. Raises Invalid when the file was damaged.
    """
    text = f"{course}/{slug}".encode()
    return int.from_bytes(hmac.digest(_secret(data_dir), text, hashlib.sha256)[:SEED_BYTES])


def key_for(data_dir: Path, purpose: str) -> bytes:
    """A key of 32 bytes for this purpose, whose name has no slash; the same each time. Raises Invalid."""
    assert "/" not in purpose  # else it could be a seed's
    return hmac.digest(_secret(data_dir), purpose.encode(), hashlib.sha256)


def _secret(data_dir: Path) -> bytes:
    path = data_dir / FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_secret_once(path, secrets.token_hex(BYTES))
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii"))
    except ValueError:
        secret = b""
    if len(secret) != BYTES:
        raise Invalid(
            Message(
                "{path} should hold {digits} hexadecimal digits and does not. Put it back from the backup; "
                "without it the data of no competition can be built again.",
                path=path,
                digits=2 * BYTES,
            )
        )
    return secret
