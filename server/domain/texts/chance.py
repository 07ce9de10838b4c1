"""Bytes that have UTF-8's form by chance: a few letters of another encoding can, and no long text does.

Two bytes of GBK may be one letter of UTF-8, from whatever script stands there, and so may the three letters
'ášŁ' of ISO-8859-2, where two names were joined without a space.
"""

import re
import unicodedata

from server.domain.texts.evidence import PARTS, Evidence, is_natural, mixes_scripts
from server.domain.texts.letters import script_of

THREE_BYTES = "\u0800"  # the first character that UTF-8 writes with three bytes
LEAST_LETTERS = 3  # of a word in another script than Latin
# The letters that people write with in the scripts of two bytes: Greek, Cyrillic, Hebrew, Arabic.
WRITTEN = re.compile(
    "[\u0386-\u03ce]+|[\u0400-\u045f\u0490-\u0493\u04d8-\u04e9]+|[\u05d0-\u05ea]+|[\u0621-\u0652\u067e-\u06d2]+"
)
# The Latin letters of living languages, Vietnamese and those of Africa among them; phonetic ones are none.
WRITTEN_LATIN = re.compile(
    "[\u00c0-\u0181\u018a\u018f\u0198\u0199\u01a0\u01a1\u01af\u01b0\u01cd-\u01e9\u0218-\u021b"
    "\u0253\u0257\u0259\u0300-\u036f\u1e80-\u1e85\u1e9e\u1ea0-\u1ef9]"
)
# In which two or three letters with marks, one after the other, may have the form of one letter of UTF-8.
SINGLE_BYTE = ("cp1252", "cp1250", "iso8859_2", "cp1254")
BETWEEN = re.compile(r"[\W\d_]+")


def is_by_chance(text: str, evidence: Evidence, *, has_reading: bool, has_rival: bool) -> bool:
    """Whether a text in UTF-8's form may be another's.

    has_reading: some East Asian encoding reads the bytes; has_rival: its reading looks like a list of people.
    """
    if evidence.has_title:
        return False
    if has_reading and any(unicodedata.category(letter) == "Cn" for letter in text):
        return True
    if _has_odd_word(text) and any(_may_be(text, codec) for codec in SINGLE_BYTE):
        return True
    if max(text) >= THREE_BYTES:
        return has_rival and evidence.mixes
    return has_rival or evidence.mixes or (has_reading and not _has_word(text))


def _has_odd_word(text: str) -> bool:
    """Whether a word mixes scripts, or has a Latin letter that hardly any language writes."""
    words = {cell for cell in PARTS.split(text) if not cell.isascii()}
    return any(mixes_scripts(word) or any(map(_is_odd, word)) for word in words)


def _is_odd(letter: str) -> bool:
    return not letter.isascii() and script_of(letter) == "LATIN" and not WRITTEN_LATIN.match(letter)


def _may_be(text: str, codec: str) -> bool:
    """Whether the bytes of the text are letters and nothing else in an encoding of one byte a letter."""
    try:
        reading = text.encode().decode(codec)
    except UnicodeDecodeError:
        return False
    return all(is_natural(cell) for cell in PARTS.split(reading) if not cell.isascii())


def _has_word(text: str) -> bool:
    """Whether a word beyond ASCII is one that somebody may have written, or there is none at all."""
    words = [word for cell in PARTS.split(text) for word in BETWEEN.split(cell) if not word.isascii()]
    return not words or any(map(_is_written, words))


def _is_written(word: str) -> bool:
    letters = [letter for letter in word if not letter.isascii()]
    if len(letters) < len(word):  # 'Hélène': in Latin, most letters have no mark
        return all(script_of(letter) == "LATIN" for letter in letters)
    has_case = word.istitle() or word.isupper() or word.islower() or word.upper() == word.lower()
    return len(word) >= LEAST_LETTERS and has_case and WRITTEN.fullmatch(word) is not None
