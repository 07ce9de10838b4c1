"""The keys that sign receipts: made once in the data folder, shared by all servers of an installation.

`receipt-keys/0001.json` holds the first key and is readable by its owner alone; a rotation adds `0002.json`
and leaves of the earlier one its public half, in `0001.retired.json`. The highest number signs. A file
appears under its name whole or not at all, and the first to link one wins, so that servers that start
together share one key.
"""

import base64
import json
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import RLock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from grader.messages import Message
from grader.proofs.receipt import key_id
from server.clock import iso
from server.domain.errors import Invalid
from server.domain.files.file_store import write_secret_once

FILE = re.compile(r"(\d{4})(\.retired)?\.json")


@dataclass(frozen=True)
class PublicKey:
    """What anybody may know of a key. public: its 32 bytes. retired_at: since when it signs no more."""

    id: str
    public: bytes
    made_at: str
    retired_at: str | None


@dataclass(frozen=True)
class SigningKey:
    """The key that signs now."""

    id: str
    private: Ed25519PrivateKey

    def sign(self, data: bytes) -> bytes:
        """The signature of 64 bytes."""
        return self.private.sign(data)


class ReceiptKeys:
    """The keys in one folder.

    What was read is kept until the folder's names change: a rotation by another process shows at the next
    signature.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: list[str] = []
        self._signing: SigningKey | None = None
        self._public: tuple[PublicKey, ...] = ()
        self._lock = RLock()  # what was read belongs together, whichever thread read it

    def signing(self, now: datetime) -> SigningKey:
        """The key that signs; made if there is none. Raises OSError where the folder cannot be used."""
        with self._lock:
            self._read()
            if self._signing is None:
                self._make(now)
                self._read()
            assert self._signing is not None
            return self._signing

    def public(self, now: datetime) -> tuple[PublicKey, ...]:
        """All keys there have been, the one that signs first."""
        with self._lock:
            self.signing(now)
            return self._public

    def rotate(self, now: datetime) -> SigningKey:
        """A new key that signs from now on; of the earlier one the public half is kept."""
        with self._lock:
            old = self.signing(now)
            number = max(_numbers(self._names))
            self._make(now)
            retired = next(key for key in self._public if key.id == old.id)
            content = {"id": retired.id, "public": _text(retired.public), "made_at": retired.made_at}
            self._write(f"{number:04}.retired.json", content | {"retired_at": iso(now)})
            (self._folder / f"{number:04}.json").unlink(missing_ok=True)
            return self.signing(now)

    def _read(self) -> None:
        names = self._listed()
        while names != self._names:
            try:
                contents = [self._content(name) for name in names]
            except FileNotFoundError:  # another process has just retired one
                names = self._listed()
                continue
            self._signing = _signing_key(contents[-1]) if "private" in contents[-1] else None
            self._public = tuple(map(_public_key, reversed(contents)))
            self._names = names

    def _content(self, name: str) -> dict[str, str]:
        path = self._folder / name
        try:
            content: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
            if key_id(base64.b64decode(content["public"], validate=True)) == content["id"]:
                return content
        except (ValueError, KeyError, TypeError):
            pass
        raise Invalid(
            Message("{path} is no key for receipts. Put it back from the backup, or move it away.", path=path)
        )

    def _listed(self) -> list[str]:
        """The files that count, the highest number last: of a key that is being retired, the retired one."""
        try:
            names = sorted(filter(FILE.fullmatch, os.listdir(self._folder)))
        except FileNotFoundError:
            return []
        retired = {name[:4] for name in names if ".retired" in name}
        return [name for name in names if ".retired" in name or name[:4] not in retired]

    def _make(self, now: datetime) -> None:
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes_raw()
        content = {"id": key_id(public), "public": _text(public), "made_at": iso(now)}
        number = max(_numbers(self._names), default=0) + 1
        self._write(f"{number:04}.json", content | {"private": _text(private.private_bytes_raw())})

    def _write(self, name: str, content: dict[str, str]) -> None:
        """Put a file there, whole and synced, unless somebody was first."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_secret_once(self._folder / name, json.dumps(content, indent=2))


def _numbers(names: list[str]) -> list[int]:
    return [int(name[:4]) for name in names]


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _signing_key(content: dict[str, str]) -> SigningKey:
    private = base64.b64decode(content["private"], validate=True)
    return SigningKey(content["id"], Ed25519PrivateKey.from_private_bytes(private))


def _public_key(content: dict[str, str]) -> PublicKey:
    public = base64.b64decode(content["public"], validate=True)
    return PublicKey(content["id"], public, content["made_at"], content.get("retired_at"))
