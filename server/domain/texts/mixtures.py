"""Lines of one file that are in another encoding than the rest, as where two lists were put together.

Nearly all bytes of GBK are letters of Big5 as well, so such a line raises no error: it says something else.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from server.domain.texts.evidence import is_familiar, is_natural
from server.domain.texts.surnames import (
    JAPANESE,
    KOREAN,
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
    is_own = any(is_familiar(cell, SURNAMES[codec]) for cell in own)
    for rival, surnames in (SURNAMES if is_own else ALL_SURNAMES).items():
        try:
            readings = [cell.encode(codec).decode(rival) for cell in own]
        except UnicodeError:
            continue
        if not all(is_natural(reads) and (not is_own or _is_common(reads, rival)) for reads in readings):
            continue
        for cell, reads in zip(own, readings, strict=True):
            if reads != cell and is_familiar(reads, surnames):
                return OtherReading(cell, rival, reads)
    return None


def _is_common(text: str, codec: str) -> bool:
    """Whether its letters are in use: what is a name in two encodings has rare ones in the wrong one."""
    data = text.encode(codec)
    pairs = list(zip(data[::2], data[1::2], strict=False))
    if codec == "gb18030":
        return len(data) == 2 * len(text) and all(lead > 0xAF and trail > 0xA0 for lead, trail in pairs)
    return codec == "cp950" and all(0xA4 <= lead <= 0xC6 for lead, _ in pairs)
