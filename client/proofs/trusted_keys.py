"""The public keys of receipts that this machine has met, kept for the day when no server answers."""

import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from client.api.decode import Mismatch, decode, json_text
from client.api.types.proofs import ReceiptKey, ReceiptKeys
from client.credentials import configuration_folder


def keys_file() -> Path:
    """Where the keys are kept: beside the credentials."""
    return configuration_folder() / "receipt-keys.json"


def known_keys() -> tuple[ReceiptKey, ...]:
    """The keys met so far; none where the file is missing or damaged: the server is asked again."""
    try:
        return decode(ReceiptKeys, json.loads(keys_file().read_text(encoding="utf-8"))).keys
    except (FileNotFoundError, ValueError, Mismatch):
        return ()


def keep(keys: Sequence[ReceiptKey]) -> None:
    """Add keys to those kept. A key is never replaced: its id is the hash of it."""
    known = {key.id: key for key in (*keys, *known_keys())}
    path = keys_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        new.write_text(json_text(ReceiptKeys(keys=tuple(known.values()))), encoding="utf-8")
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
