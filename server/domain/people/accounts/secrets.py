"""Secrets: password hashes and tokens.

Pure functions: no database and no web framework. The slow ones (`hash_password`, `check_password`) are called
outside any transaction, since SQLite has one writer for all.
"""

import base64
import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

PERSONAL_PREFIX = "sbp_"
WORKER_PREFIX = "sbw_"
PREFIX_SHOWN = 12  # characters of a token that lists show, to recognise it by
DEVICE_BYTES, MARK_MOST = 16, 200  # of a browser's random name; characters of a mark that are read
TOKEN_BYTES = 32  # 43 URL-safe characters, 256 bits
INITIAL_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no 0 o 1 l i: these are read off paper
INITIAL_LENGTH, GROUP = 16, 4  # 79 bits

# The least that OWASP's password storage cheat sheet advises for argon2id: 19 MiB, two passes, one lane.
_HASHER = Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_PASSWORDS = PasswordHash((_HASHER,))
_QUICK = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
_TURN = BoundedSemaphore(2)  # 1,300 sign-ins at nine o'clock must leave the machine to the others


@dataclass(frozen=True)
class CheckedPassword:
    """Whether a password was right, and a new hash to store when the old one was made at another cost."""

    matches: bool
    rehashed: str | None = field(repr=False)


def hash_password(password: str) -> str:
    """The argon2id hash of a password that a person chose; takes about 30 ms and 19 MiB."""
    with _TURN:
        return _PASSWORDS.hash(password)


def hash_initial_password(password: str) -> str:
    """The argon2id hash of a password from `new_initial_password`, at the least cost argon2 knows.

    79 random bits need no slow hash, and a roster of 1,300 is hashed within a transaction. The first sign-in
    replaces it by a hash at full cost.
    """
    return _QUICK.hash(password)


def check_password(password: str, stored: str | None) -> CheckedPassword:
    """Whether `password` is the one of the hash `stored`, or is an initial one that was copied a little off.

    A wrong one and a missing hash cost the same time.
    """
    checked = _checked(password, stored)
    as_handed_out = initial_form(password)
    if checked.matches or as_handed_out in (None, password):
        return checked
    return _checked(as_handed_out, stored)


def initial_form(text: str) -> str | None:
    """The initial password that somebody means who adds blanks and capitals or leaves hyphens out, or None.

    Initial passwords have neither blanks nor capitals and always the same hyphens, so this loses no security.

    >>> initial_form(" K3f9-abcd2345 wxyz"), initial_form("correct horse battery")
    ('k3f9-abcd-2345-wxyz', None)
    """
    letters = "".join(each for each in text.casefold() if each.isalnum())
    others = {each for each in text if not each.isalnum()}
    if (
        len(letters) != INITIAL_LENGTH
        or set(letters) - set(INITIAL_ALPHABET)
        or not all(map(_is_gap, others))
    ):
        return None
    return _grouped(letters)


def _is_gap(character: str) -> bool:
    """Whether it may stand between the groups of a copied password: a blank, a hyphen, or nothing visible."""
    return character.isspace() or unicodedata.category(character) in ("Pd", "Cf")


def _grouped(letters: str) -> str:
    return "-".join(letters[start : start + GROUP] for start in range(0, INITIAL_LENGTH, GROUP))


def _checked(password: str, stored: str | None) -> CheckedPassword:
    with _TURN:
        if stored is None:
            _PASSWORDS.verify(password, _decoy())
            return CheckedPassword(False, None)
        matches, rehashed = _PASSWORDS.verify_and_update(password, stored)
        if not matches and _HASHER.check_needs_rehash(stored):
            _PASSWORDS.verify(password, _decoy())
        return CheckedPassword(matches, rehashed)


@cache
def _decoy() -> str:
    return _PASSWORDS.hash(secrets.token_urlsafe())


def new_initial_password() -> str:
    """A random password to hand out on paper: sixteen characters in groups of four, 'k3f9-...'."""
    return _grouped("".join(secrets.choice(INITIAL_ALPHABET) for _ in range(INITIAL_LENGTH)))


def new_token(prefix: str) -> str:
    """A fresh secret: `prefix`, then 43 URL-safe characters of 256 random bits."""
    return prefix + secrets.token_urlsafe(TOKEN_BYTES)


def sha256_of(secret: str) -> str:
    """The hash under which a token or a cookie is stored; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def masked(secret: str) -> str:
    """The secret as a page may hold it: written otherwise each time.

    Pages are compressed, and whoever sees the lengths of many answers, and brings words of theirs into them,
    could tell a secret that always reads the same.

    Source: BREACH (Gluck, Harris, Prado 2013), section 3.4.
    """
    data = secret.encode("ascii")
    pad = secrets.token_bytes(len(data))
    return base64.urlsafe_b64encode(pad + _mixed(pad, data)).decode("ascii").rstrip("=")


def unmasked(text: str | None) -> str | None:
    """The secret that `masked` has written so; None for what it has not."""
    try:
        data = base64.urlsafe_b64decode((text or "").encode("ascii") + b"===")
        half = len(data) // 2
        return _mixed(data[:half], data[half:]).decode("ascii") if half and len(data) % 2 == 0 else None
    except ValueError:  # no base64, or no ASCII in it
        return None


def _mixed(pad: bytes, data: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(pad, data, strict=True))


def same_secret(secret: str | None, expected: str | None) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ; None equals nothing."""
    if not secret or not expected:
        return False
    return hmac.compare_digest(secret.encode(), expected.encode())


def new_device_mark(password_hash: str) -> str:
    """What a browser keeps to be known again: a random name, and its seal under the user's password hash.

    Whoever has it proves that they knew this password once; it opens nothing. With another password it means
    nothing any more.
    """
    name = secrets.token_urlsafe(DEVICE_BYTES)
    return f"{name}.{_seal(name, password_hash)}"


def known_device(mark: str | None, password_hash: str | None) -> str | None:
    """The name of the browser that shows this mark; None where it is not one of this password's."""
    if mark is None or password_hash is None or len(mark) > MARK_MOST:
        return None
    name, _, seal = mark.partition(".")
    return name if same_secret(seal, _seal(name, password_hash)) else None


def _seal(name: str, password_hash: str) -> str:
    return hmac.new(password_hash.encode(), f"device {name}".encode(), hashlib.sha256).hexdigest()
