"""The receipt of a submission: which bytes are signed, and what the signing key is called.

Server and client share this page; docs/students.md says the same for a program of one's own.
"""

import hashlib
from collections.abc import Mapping

from grader.proofs.commitment import canonical

FORMAT = "splitboard receipt 1"
KEY_ID_LENGTH = 16


def signed_bytes(receipt: Mapping[str, object]) -> bytes:
    """What the Ed25519 signature is over: the format's name and the receipt, as canonical JSON in UTF-8.

    >>> signed_bytes({"submission": 7})
    b'{"format":"splitboard receipt 1","receipt":{"submission":7}}'
    """
    return canonical({"format": FORMAT, "receipt": receipt}).encode()


def key_id(public_key: bytes) -> str:
    """The name of a key: the first hexadecimal digits of the SHA-256 of its 32 public bytes."""
    return hashlib.sha256(public_key).hexdigest()[:KEY_ID_LENGTH]
