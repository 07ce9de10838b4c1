"""Letters that cannot be seen, and letters of several scripts, in what people are called.

A joiner between two letters is spelling (Persian, Sinhala), and so is one between the parts of an emoji. A
mark at either end, and a soft hyphen anywhere, came with a copy from elsewhere and means nothing. All other
characters that nobody can see are refused: two names would look alike, or read in another order.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from grader.messages import Message

INVISIBLE_KINDS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # rare characters of names are Co, and stay
FILLERS = "\u115f\u1160\u2800\u3164\uffa0"  # that Unicode counts among the letters and signs
SOFT_HYPHEN = "\u00ad"
ZERO_WIDTH_NON_JOINER, ZERO_WIDTH_JOINER = "\u200c", "\u200d"
JOINERS = ZERO_WIDTH_NON_JOINER + ZERO_WIDTH_JOINER
# Whose spelling needs joiners, by the first word of a letter's name in Unicode.
JOINING_SCRIPTS = frozenset(
    {
        *("ARABIC", "SYRIAC", "NKO", "MONGOLIAN", "TIBETAN", "MYANMAR", "KHMER", "DEVANAGARI", "BENGALI"),
        *("GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "JAVANESE"),
    }
)
# Turns the order of the letters around it, or steers what shows it; tabs and line ends are white space.
STEERING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
EMOJI_KINDS = frozenset({"So", "Sk", "Mn"})  # signs, skin colours, and the selector after a sign
SCRIPTS = {"CJK": "Han", "IDEOGRAPHIC": "Han", "FULLWIDTH": "LATIN"} | dict.fromkeys(
    ("HIRAGANA", "KATAKANA", "HALFWIDTH"), "kana"
)


@dataclass(frozen=True)
class HiddenCharacter:
    """A character that cannot be seen: what it is, and its place in the text, counted from 1."""

    character: str
    place: int

    @property
    def text(self) -> Message:
        """What it is by Unicode's number and name, and where."""
        name = f"U+{ord(self.character):04X} {unicodedata.name(self.character, '')}".strip()
        return Message("{name} at character {place}", name=name, place=self.place)


def without_stray_marks(text: str) -> str:
    """The text in NFC with single spaces, without soft hyphens and without invisible marks at its ends.

    >>> without_stray_marks("\\u202aAnn \\u00a0 Lee\\u202c\\u200e")
    'Ann Lee'
    """
    text = " ".join(unicodedata.normalize("NFC", text).replace(SOFT_HYPHEN, "").split())
    start, end = 0, len(text)
    while start < end and _is_stray(text[start]):
        start += 1
    while end > start and _is_stray(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_stray(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) == "Cf"


def hidden_in(text: str) -> HiddenCharacter | None:
    """The first character of a cleaned text that cannot be seen and is no spelling, or None."""
    for index, character in enumerate(text):
        if _is_hidden(character) and not _is_spelling(text, index):
            return HiddenCharacter(character, index + 1)
    return None


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in INVISIBLE_KINDS or character in FILLERS


def _is_spelling(text: str, index: int) -> bool:
    """Whether the joiner there stands between two letters that it can join, or two parts of an emoji."""
    if text[index] not in JOINERS or not 0 < index < len(text) - 1:
        return False
    before, after = text[index - 1], text[index + 1]
    if script_of(before) in JOINING_SCRIPTS and script_of(after) in JOINING_SCRIPTS:
        return True
    is_sign = unicodedata.category(before) in EMOJI_KINDS and unicodedata.category(after) == "So"
    return is_sign and text[index] == ZERO_WIDTH_JOINER


def legible(text: str) -> str:
    """The text with a visible mark for each character that nobody can see and that is no spelling.

    >>> legible("a\\u202evsc.exe")
    'a[U+202E]vsc.exe'
    """
    return "".join(
        _mark(letter) if _is_hidden(letter) and not _is_spelling(text, index) else letter
        for index, letter in enumerate(text)
    )


def without_steering(text: str) -> str:
    """The text with a visible mark for each character that turns or steers what stands around it.

    >>> without_steering("a\\u202eb\\nc")
    'a[U+202E]b\\nc'
    """
    return STEERING.sub(lambda seen: _mark(seen[0]), text)


def _mark(character: str) -> str:
    return f"[U+{ord(character):04X}]"


def without_joiners(text: str) -> str:
    """The text as it is compared with others: two that differ in joiners alone look alike."""
    return text.replace(ZERO_WIDTH_NON_JOINER, "").replace(ZERO_WIDTH_JOINER, "")


def name_key(name: str) -> str:
    """The form in which names are equal: NFKC, case folded, single spaces, no joiners."""
    visible = without_joiners(unicodedata.normalize("NFKC", name))
    folded = unicodedata.normalize("NFKC", visible.casefold())
    return " ".join(folded.split())


@cache
def script_of(character: str) -> str:
    """The script of a letter or mark, as 'LATIN', 'Han' or 'kana'; '' for digits, signs and the like.

    >>> script_of("é"), script_of("王"), script_of("ム"), script_of("7")
    ('LATIN', 'Han', 'kana', '')
    """
    if unicodedata.category(character)[0] not in "LM":
        return ""
    word = unicodedata.name(character, "").partition(" ")[0].partition("-")[0]
    return "" if word in ("COMBINING", "MODIFIER", "VARIATION") else SCRIPTS.get(word, word)


def scripts_in(text: str) -> set[str]:
    """The scripts of the letters in a text."""
    return {script for letter in text if (script := script_of(letter))}
