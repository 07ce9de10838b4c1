"""The public files of a competition: what their names may be, and that a picture is one."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.files.pictures import HEAD_BYTES, PICTURES, picture_type

NAME = re.compile(r"[^/\\\x00-\x1f:]+(/[^/\\\x00-\x1f:]+){0,5}")
NAME_MOST = 200


def require_public_file(name: str, data: bytes) -> None:
    """Raise Invalid for a name that no data file may have, and for a picture that is none."""
    if not NAME.fullmatch(name) or ".." in name.split("/") or len(name) > NAME_MOST:
        raise Invalid(
            Message(
                "'{name}' is no name of a data file: it has at most {most} letters, no colon and no "
                "backslash, and leads to no folder above.",
                name=name[:80],
                most=NAME_MOST,
            )
        )
    if name.startswith(f"{PICTURES}/") and picture_type(data[:HEAD_BYTES]) is None:
        raise Invalid(
            Message(
                "'{name}' is no picture that a page can show: it is neither PNG, JPEG, GIF, WebP nor SVG.",
                name=name,
            )
        )


def require_beside(name: str, others: Iterable[str]) -> None:
    """Raise Invalid where a folder cannot hold both this file and one of the others, on any system.

    Two names that differ in the case of letters are one on many laptops; a folder is no file.
    """
    first = name.casefold()
    for other in others:
        second = other.casefold()
        is_one = first == second and name != other
        if is_one or first in _folders(second) or second in _folders(first):
            raise Invalid(
                Message(
                    "'{name}' cannot stand beside '{other}': one folder cannot hold both on every system.",
                    name=name,
                    other=other,
                )
            )


def _folders(name: str) -> set[str]:
    return {str(folder) for folder in PurePosixPath(name).parents}
