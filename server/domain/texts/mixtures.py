"""Lines of one file that are in another encoding than the rest, as where two lists were put together.

Nearly all bytes of GBK are letters of Big5 as well, so such a line raises no error: it says something else.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from server.domain.texts.evidence import is_familiar, is_natural
from server.domain.texts.surnames import (
    JAPANESE,
    KOREAN,
    KOREAN_GIVEN,
    RARE_SIMPLIFIED,
    RARE_TRADITIONAL,
    SIMPLIFIED,
    TRADITIONAL,
)

SURNAMES: Mapping[str, Collection[str]] = {
    "cp950": TRADITIONAL,
    "big5hkscs": TRADITIONAL,
    "gb18030": SIMPLIFIED,
    "cp949": KOREAN,
    "cp932": JAPANESE,
    "euc_jp": JAPANESE,
}
# A line alone can have an uncommon surname, where a whole list does not.
ALL_SURNAMES = dict(SURNAMES) | {
    "cp950": TRADITIONAL + RARE_TRADITIONAL,
    "big5hkscs": TRADITIONAL + RARE_TRADITIONAL,
    "gb18030": SIMPLIFIED + RARE_SIMPLIFIED,
}


# The letters that a standard has on its first level, and kana, as ranges of their bytes.
EVERYDAY: Mapping[str, tuple[tuple[bytes, bytes], ...]] = {
    "cp950": ((b"\xa4\x40", b"\xc6\x7e"),),
    "big5hkscs": ((b"\xa4\x40", b"\xc6\x7e"),),
    "gb18030": ((b"\xb0\xa1", b"\xd7\xf9"),),
    "cp949": ((b"\xb0\xa1", b"\xc8\xfe"),),
    "cp932": ((b"\x82\x9f", b"\x83\x96"), (b"\x88\x9f", b"\x98\x72"), (b"\x81\x58", b"\x81\x5b")),
    "euc_jp": ((b"\xa4\xa1", b"\xa5\xf6"), (b"\xb0\xa1", b"\xcf\xd3"), (b"\xa1\xb9", b"\xa1\xbc")),
}


KOREAN_LENGTH = range(2, 5)  # syllables of a name


@dataclass(frozen=True)
class OtherReading:
    """A cell of the line, and what it is in the encoding that its line seems to have."""

    cell: str
    codec: str
    reads: str


def other_reading(cells: Collection[str], *, codec: str) -> OtherReading | None:
    """How a line of a file in this encoding reads in another, where it looks right in that one alone."""
    own = [cell for cell in cells if not cell.isascii()]
    if codec not in SURNAMES or not own:
        return None
    if (korean := _korean_name(own, codec)) is not None:
        return korean
    is_own = any(is_familiar(cell, SURNAMES[codec]) for cell in own)
    for rival, surnames in (SURNAMES if is_own else ALL_SURNAMES).items():
        readings = _readings(own, codec, rival)
        if is_own and not all(_is_common(reads, rival) for reads in readings):
            continue
        for cell, reads in zip(own, readings, strict=False):
            if reads != cell and is_familiar(reads, surnames):
                return OtherReading(cell, rival, reads)
    return None if is_own else _in_use_elsewhere(own, codec)


def _korean_name(cells: list[str], codec: str) -> OtherReading | None:
    """The reading in which a cell is a whole Korean name, where none begins with a surname of the file's own.

    Hangul lies where everyday letters of GBK do, so a surname alone does not tell the two apart; that all
    other syllables are those of names does. 민 ends in Big5 as groups of people end, too.
    """
    if codec == "cp949" or any(cell.startswith(tuple(SURNAMES[codec])) for cell in cells):
        return None
    for cell, reads in zip(cells, _readings(cells, codec, "cp949"), strict=False):
        letters = "".join(reads.split())
        if len(letters) in KOREAN_LENGTH and letters[0] in KOREAN and set(letters[1:]) <= set(KOREAN_GIVEN):
            return OtherReading(cell, "cp949", reads)
    return None


def _readings(cells: list[str], codec: str, rival: str) -> list[str]:
    """What the cells are in the rival encoding; nothing where one cannot be, or is unlike words."""
    try:
        readings = [cell.encode(codec).decode(rival) for cell in cells]
    except UnicodeError:
        return []
    return readings if all(map(is_natural, readings)) else []


def _in_use_elsewhere(cells: list[str], codec: str) -> OtherReading | None:
    """The reading in which all letters are in everyday use, where the cells have rare ones as they stand.

    No surname is known on either side; what was read wrongly has rare letters nearly always.
    """
    rare = next((cell for cell in cells if not _is_in_use(cell, codec)), None)
    if rare is None:
        return None
    for rival in SURNAMES:
        readings = _readings(cells, codec, rival)
        if readings and all(_is_in_use(reads, rival) for reads in readings):
            return OtherReading(rare, rival, readings[cells.index(rare)])
    return None


def _is_in_use(text: str, codec: str) -> bool:
    """Whether all letters are of the first level of the encoding's own standard, which everybody writes."""
    return all(
        any(first <= letter.encode(codec, "ignore") <= last for first, last in EVERYDAY[codec])
        for letter in text
        if letter.isalpha() and not letter.isascii()
    )


def _is_common(text: str, codec: str) -> bool:
    """Whether its letters are in use: what is a name in two encodings has rare ones in the wrong one."""
    data = text.encode(codec)
    pairs = list(zip(data[::2], data[1::2], strict=False))
    if codec == "gb18030":
        return len(data) == 2 * len(text) and all(lead > 0xAF and trail > 0xA0 for lead, trail in pairs)
    return codec == "cp950" and all(0xA4 <= lead <= 0xC6 for lead, _ in pairs)
