"""Texts that an earlier program read in a wrong encoding and wrote so: their letters are lost or are others.

The file itself may be in perfect UTF-8. What is recognised here is asked about, since a name may be odd.
"""

import re
import unicodedata
from itertools import pairwise

from grader.messages import Message
from server.domain.texts.evidence import is_familiar, is_natural
from server.domain.texts.look_alikes import mixed_word
from server.domain.texts.surnames import JAPANESE, KOREAN, SIMPLIFIED, TRADITIONAL

# UTF-8 taken for one of these and saved again.
SINGLE_BYTE, MULTIBYTE = ("cp1252", "latin-1", "mac_roman", "cp437"), ("cp950", "gb18030", "cp932", "cp949")
LOST = "\ufffd"  # what stands for a letter that a program could not read
ACUTE = "\u00b4"  # which people type for an apostrophe
SIGNS_END = "\u2600"  # dingbats and emoji follow, which people do put into names
MARKS = "‚¡¿§¶«»‹›„†‡…‰"
# Of Latin letters with a mark each, or of marks on one letter: more than any name has.
FOREIGN_RUN = re.compile("[\u0300-\u036f]{2}|[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]{3}|[\u00c0-\u017f]{4}")
# Chinese inside a Latin word, as in 'H幨鋝e', or beside Greek, Cyrillic and kana of half the width.
# 'Amy王' and 'A班' are written so.
FOREIGN_INSIDE = re.compile(
    "[A-Za-z\u00c0-\u024f][\u3400-\u9fff]+[a-z\u00df-\u024f]|"
    "[\uff61-\uff9f][\u3400-\u9fff]|[\u3400-\u9fff][\uff61-\uff9f]|"
    "[\u0370-\u052f][\u3400-\u9fff]|[\u3400-\u9fff][\u0370-\u052f]"
)


def misreading_in(text: str) -> str | None:
    """Why this looks misread, as the rest of a sentence, or None.

    >>> misreading_in("HÃ©lÃ¨ne")
    "looks misread: it may have been 'Hélène'"
    >>> misreading_in("Hélène") is None
    True
    """
    if LOST in text or "?" in text:
        return Message("has a sign where a program could not write a letter")
    if text.isascii():
        return None
    before = _before(text)
    if before is not None:
        return Message("looks misread: it may have been '{before}'", before=before)
    sign = next((each for each in text if _is_sign(each)), None)
    if sign is not None:
        return Message("looks misread: it has the sign '{sign}'", sign=sign)
    mixed = mixed_word(text)
    if mixed is not None:
        return Message("has letters of two alphabets that look alike in '{word}'", word=mixed)
    if FOREIGN_RUN.search(text) or FOREIGN_INSIDE.search(text) or _has_capital_inside(text):
        return Message("looks misread: such letters do not follow each other in a name")
    return None


def _before(text: str) -> str | None:
    """The text before it was misread, where what is there now was UTF-8.

    One letter alone, as 甲 of a section, is no evidence: it may always be the bytes of another.
    """
    if len(text) == 1:
        return None
    is_name = any(is_familiar(text, surnames) for surnames in (TRADITIONAL, SIMPLIFIED, KOREAN, JAPANESE))
    for codec in SINGLE_BYTE if is_name else (*SINGLE_BYTE, *MULTIBYTE):
        try:
            before = text.encode(codec).decode("utf-8")
        except UnicodeError:
            continue
        seen = "".join(letter for letter in before if unicodedata.category(letter) != "Cf")
        if before != text and is_natural(seen):
            return seen
    return None


def _is_sign(character: str) -> bool:
    is_sign = unicodedata.category(character)[0] == "S" and not character.isascii()
    return character in MARKS or (is_sign and character < SIGNS_END and character != ACUTE)


def _has_capital_inside(text: str) -> bool:
    """Whether a capital beyond ASCII follows a small letter, as in 'HŽl'."""
    return any(
        before.islower() and after.isupper() and not after.isascii() for before, after in pairwise(text)
    )
