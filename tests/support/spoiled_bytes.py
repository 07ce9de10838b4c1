"""What happens to the text and the bytes of a roster on its way."""

import random
from collections.abc import Callable

from tests.support.spoiled_names import PASTED


def unquote(text: str, separator: str, rng: random.Random) -> str:
    """Put a separator into a line, as an unquoted comma in a name does."""
    lines = text.splitlines(keepends=True)
    index = rng.randrange(len(lines))
    if '"' in lines[index]:  # within quotation marks a separator is a letter like others
        return text
    place = rng.randrange(len(lines[index].rstrip()) + 1)
    lines[index] = lines[index][:place] + separator + lines[index][place:]
    return "".join(lines)


def open_a_quotation(text: str, separator: str, rng: random.Random) -> str:
    """Begin a quotation that does not end."""
    place = text.rfind(separator) + 1
    return f'{text[:place]}"{text[place:]}'


def double_the_mark(text: str, separator: str, rng: random.Random) -> str:
    """Put a byte order mark in front; the truth stays the same."""
    return f"\ufeff{text}"


def drop_the_end(text: str, separator: str, rng: random.Random) -> str:
    """Leave out the last line's end; the truth stays the same."""
    return text.rstrip("\r\n")


TEXT_DAMAGES: tuple[Callable[[str, str, random.Random], str], ...] = (
    *(unquote, open_a_quotation, double_the_mark, drop_the_end),
)


def cut(data: bytes, rng: random.Random) -> bytes:
    """Cut the file short anywhere."""
    return data[: rng.randrange(len(data) // 2, len(data))]


def flip(data: bytes, rng: random.Random) -> bytes:
    """Spoil one byte beyond ASCII, where there is one."""
    places = [place for place, byte in enumerate(data) if byte > 127]
    if not places or b"\0" in data:  # in UTF-16 that may be another letter, which nobody could know
        return data
    place = rng.choice(places)
    return data[:place] + b"\xff" + data[place + 1 :]


def mix(data: bytes, rng: random.Random) -> bytes:
    """Paste a line of another encoding at the end."""
    line = f"{PASTED.username},{PASTED.name},{PASTED.email}\r\n"
    return data + line.encode(rng.choice(["cp1252", "utf-8", "cp437"]))


BYTE_DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (cut, flip, mix)
