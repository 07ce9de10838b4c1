"""What a password must be, after NIST SP 800-63B and OWASP ASVS 5.0 (6.2): long enough, and not well known.

No rule asks for capitals or digits, and none for a change after some time: both make for worse passwords.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from grader.messages import Message
from server.domain.errors import Invalid
from server.models import User

LEAST, MOST = 8, 200  # characters; ASVS asks for 8 and for room for 64
PRODUCT = "splitboard"
CORE_LEAST = 5  # letters of a common password that digits and signs around it make no better
EDGES_MOST = 4  # characters
SEQUENCES = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
)
EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")  # digits and signs around a word make it no other word


def words_about(user: User) -> tuple[str, ...]:
    """The words that whoever attacks this account would try first."""
    return (user.username, user.display_name, user.email, user.email.partition("@")[0])


def require_good(password: str, *, about: Iterable[str] = ()) -> None:
    """Raise Invalid for a password of fewer than 8 or more than 200 characters, or that anybody would guess.

    about: words about its owner; neither they nor the product's name may be all there is to it.
    """
    if not LEAST <= len(password) <= MOST:
        raise Invalid(
            Message(
                "A password has {least} to {most} characters; this one has {length}. A sentence of a few "
                "words is good.",
                least=LEAST,
                most=MOST,
                length=len(password),
            )
        )
    plain = _plain(password)
    core = EDGES.sub("", plain)
    if plain in _common() or _is_decorated(plain, core) or len(set(plain)) < 3 or _is_sequence(plain):
        raise Invalid(
            Message(
                "This password is among the first that are tried, since many people use it. Choose another: "
                "a sentence of a few words is good."
            )
        )
    if core in {EDGES.sub("", _plain(word)) for word in (*about, PRODUCT)} - {""}:
        raise Invalid(
            Message(
                "This password is little more than a name that others know. Choose another: a sentence of a "
                "few words is good."
            )
        )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace(" ", "")


def _is_decorated(plain: str, core: str) -> bool:
    """Whether it is a common password with a few digits and signs around it, as `Password1!` is."""
    return len(plain) - len(core) <= EDGES_MOST and core in _common()


def _is_sequence(plain: str) -> bool:
    """Whether all there is to it is a row of keys, of the alphabet or of digits, in whatever direction."""
    letters = re.sub(r"[\W_]+", "", plain)
    if not letters:
        return False
    rows = (row for line in SEQUENCES for row in (line, line[::-1]))
    return any(letters in row * 3 for row in rows)


@cache
def _common() -> frozenset[str]:
    """The passwords that leaks showed most often and that are long enough: 11,600 of zxcvbn's 30,000 (MIT).

    Those of five letters and more count where digits and signs stand around them.
    They are loaded when somebody first chooses a password.
    """
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415  # 12 MB that few processes need

    return frozenset(each for each in FREQUENCY_LISTS["passwords"] if len(each) >= CORE_LEAST)
