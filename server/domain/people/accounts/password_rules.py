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
    if plain in _common() or len(set(plain)) < 3:
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


@cache
def _common() -> frozenset[str]:
    """The passwords that leaks showed most often and that are long enough: 11,600 of zxcvbn's 30,000 (MIT).

    They are loaded when somebody first chooses a password.
    """
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415  # 12 MB that few processes need

    return frozenset(each for each in FREQUENCY_LISTS["passwords"] if len(each) >= LEAST)
