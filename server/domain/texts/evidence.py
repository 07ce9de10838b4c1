"""What speaks for a text's having been read in the right encoding: words that stand in lists of people.

Nearly every file in Big5 is a file in GBK as well, and the other way round, with other characters. In the
right reading most names begin with a common surname; in a wrong one hardly any do.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from server.domain.texts.letters import script_of, scripts_in
from server.domain.texts.surnames import JAPANESE

ENDS_OF_UNITS = "系所院組组班級级部科校團团隊队室"  # of departments, sections and the like
BETWEEN_WORDS = re.compile(r"[\s\-–—'’.·‧•・/()（）&]+")
NAME_LENGTH = range(1, 6)  # characters of a Chinese or Korean name, which may stand in two columns
JAPANESE_LENGTH = range(1, 9)  # as in 長谷川真由美, and in 佐々木さくら, which has two scripts
PARTS = re.compile(r'[,\t;|\r\n"\uff0c]+')
LEAST_CELLS = 3  # more that speak for an encoding than do not, where no column's name does
LEAST_SHARE = 0.7  # of all cells with letters beyond ASCII


@dataclass(frozen=True)
class Evidence:
    """What one reading of a file looks like: its cells beyond ASCII, and those that look like names.

    mixes: some word mixes scripts that no one writes together. is_natural: none does, and there are no signs.
    has_title: a column's name stands in it.
    """

    cells: int
    familiar: int
    mixes: bool
    is_natural: bool
    has_title: bool
    sample: str

    @property
    def is_strong(self) -> bool:
        """Whether this may be taken for the right reading, if no other is as good."""
        others = self.cells - self.familiar
        many = self.familiar >= LEAST_CELLS + others and self.familiar >= LEAST_SHARE * self.cells
        return self.is_natural and (self.has_title or many)


def evidence_in(text: str, *, surnames: Collection[str], titles: Collection[str]) -> Evidence:
    """What speaks for this reading. titles: what columns are called, case folded."""
    seen = "".join(letter for letter in text if letter.isascii() or unicodedata.category(letter) != "Cf")
    words = (cell.strip() for cell in PARTS.split(seen))
    cells = list(dict.fromkeys(cell for cell in words if cell and not cell.isascii()))
    has_title = any(_names_columns(line, titles) for line in seen.splitlines() if not line.isascii())
    people = [cell for cell in cells if cell.casefold() not in titles]
    return Evidence(
        cells=len(people),
        familiar=sum(is_familiar(cell, surnames) for cell in people),
        mixes=any(mixes_scripts(cell) for cell in cells),
        is_natural=all(is_natural(cell) for cell in cells),
        has_title=has_title,
        sample=(people or cells or [""])[0],
    )


def _names_columns(line: str, titles: Collection[str]) -> bool:
    """Whether a line beyond ASCII names a column beside others, or alone.

    One cell of a line of people may read like a title in a wrong encoding: 靡 in Big5 is 名 in GBK.
    """
    cells = [cell.strip() for cell in PARTS.split(line) if cell.strip()]
    named = [cell for cell in cells if cell.casefold() in titles]
    return len(named) >= min(2, len(cells)) and any(not cell.isascii() for cell in named)


def is_familiar(cell: str, surnames: Collection[str]) -> bool:
    """Whether the cell is a name that begins with one of the surnames, or called like a department."""
    letters = "".join(cell.split())
    scripts = scripts_in(letters)
    is_japanese = surnames is JAPANESE
    if not letters.isalpha() or not (len(scripts) == 1 or (is_japanese and scripts == {"Han", "kana"})):
        return False
    if scripts == {"Han"} and letters[-1] in ENDS_OF_UNITS and len(letters) > 1:
        return True
    lengths = JAPANESE_LENGTH if is_japanese else NAME_LENGTH
    return len(letters) in lengths and letters.startswith(tuple(surnames))


def is_natural(cell: str) -> bool:
    """Whether no word of the cell mixes scripts, and no sign stands among the letters.

    >>> is_natural("王小明"), is_natural("H幨鋝e Durand"), is_natural("資工A班"), is_natural("¤ý¤p")
    (True, False, True, False)
    """
    return not mixes_scripts(cell) and all(
        letter.isalnum() or letter.isascii() or script_of(letter) or _is_punctuation(letter)
        for letter in cell
    )


def _is_punctuation(character: str) -> bool:
    """Whether it parts words, or is punctuation as Chinese and Japanese have it."""
    is_wide = unicodedata.category(character)[0] == "P" and character > "\u2fff"
    return is_wide or BETWEEN_WORDS.fullmatch(character) is not None


def mixes_scripts(cell: str) -> bool:
    """Whether some word of the cell mixes scripts that no one writes together."""
    return any(_mixes(word) for word in BETWEEN_WORDS.split(cell))


def _mixes(word: str) -> bool:
    if word and unicodedata.category(word[0])[0] == "M":  # a mark follows its letter
        return True
    scripts = scripts_in(word)
    if "Han" in scripts and scripts - {"Han"} == {"LATIN"}:  # 'A班' is written so, names are not
        latin = "".join(letter for letter in word if script_of(letter) == "LATIN")
        return not (latin.isascii() and latin.isupper() and word[-1] in ENDS_OF_UNITS)
    return len(scripts) > 1 and scripts not in ({"Han", "kana"}, {"Han", "BOPOMOFO"})
