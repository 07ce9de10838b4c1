"""Starter code of a competition: public files that `build` wrote, with two names still to be filled in.

Page, API and client hand out the same bytes, and a list names the hash of what is handed out.
"""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from server.models import CompetitionFile

ADDRESS, COMPETITION = b"https://ml.example.edu", b"your-competition"  # as baselines/starter.py writes them


class Starter(StrEnum):
    """The file from which a student starts, by its name among the public files."""

    NOTEBOOK = "starter.ipynb"
    SCRIPT = "starter.py"

    @property
    def ending(self) -> str:
        """What its name ends with, such as ".py"."""
        return self.value.removeprefix("starter")

    @property
    def media_type(self) -> str:
        """The type that the answer names."""
        return "application/x-ipynb+json" if self is Starter.NOTEBOOK else "text/x-python"


def filled(data: bytes, *, url: str, slug: str) -> bytes:
    """The starter for the competition `slug` of the server at `url`, which may end with a slash."""
    return data.replace(ADDRESS, url.rstrip("/").encode()).replace(COMPETITION, slug.encode())


@dataclass(frozen=True)
class PublicFile:
    """A public file as students get it. content: of a starter alone, which is filled in on its way."""

    name: str
    size: int
    sha256: str
    content: bytes | None


def handed_out(file: CompetitionFile, read: Callable[[str], bytes], *, url: str, slug: str) -> PublicFile:
    """The file as the server at `url` hands it out. read: the bytes that are kept under a hash."""
    if file.name not in set(Starter):
        return PublicFile(file.name, file.size, file.sha256, None)
    content = filled(read(file.sha256), url=url, slug=slug)
    return PublicFile(file.name, len(content), hashlib.sha256(content).hexdigest(), content)


def among(names: Collection[str]) -> list[Starter]:
    """Those that a competition has; one imported from older data has none."""
    return [each for each in Starter if each.value in names]
