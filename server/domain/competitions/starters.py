"""Starter code of a competition: public files that `build` wrote, with three names still to be filled in.

They are kept in English and handed out in the reader's language. Page, API and client hand out the same bytes
in one language, and a list names the hash of what is handed out.
"""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from languages.catalogue import ENGLISH, Templates
from languages.source_texts import notebook_in_language, script_in_language
from server.models import CompetitionFile

# As baselines/starter.py writes them.
ADDRESS, COMPETITION, LANGUAGE = b"https://ml.example.edu", b"your-competition", b"en-x-yours"


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


def filled(data: bytes, *, url: str, slug: str, language: str) -> bytes:
    """The starter for the competition `slug` of the server at `url`, which may end with a slash.

    language: in which the starter asks for the server's answers.
    """
    data = data.replace(ADDRESS, url.rstrip("/").encode()).replace(COMPETITION, slug.encode())
    return data.replace(LANGUAGE, language.encode())


@lru_cache(maxsize=64)  # a list of files wants both starters each time, and each takes some milliseconds
def in_language(name: Starter, data: bytes, catalogue: Templates) -> bytes:
    """The starter with its comments, prose and sentences in the catalogue's language, its code as it is.

    What the catalogue lacks, such as a course's own words, stays; so does a file that is no such starter.
    """
    if catalogue.language == ENGLISH:
        return data
    translate = notebook_in_language if name is Starter.NOTEBOOK else script_in_language
    try:
        return translate(data.decode(), catalogue.gettext).encode()
    except (ValueError, KeyError, TypeError, RecursionError):
        return data


@dataclass(frozen=True)
class PublicFile:
    """A public file as students get it. content: of a starter alone, which is filled in on its way."""

    name: str
    size: int
    sha256: str
    content: bytes | None


def handed_out(
    file: CompetitionFile, read: Callable[[str], bytes], *, url: str, slug: str, catalogue: Templates
) -> PublicFile:
    """The file as the server at `url` hands it out in a language. read: the bytes kept under a hash."""
    if file.name not in set(Starter):
        return PublicFile(file.name, file.size, file.sha256, None)
    content = in_language(Starter(file.name), read(file.sha256), catalogue)
    content = filled(content, url=url, slug=slug, language=catalogue.language)
    return PublicFile(file.name, len(content), hashlib.sha256(content).hexdigest(), content)


def among(names: Collection[str]) -> list[Starter]:
    """Those that a competition has; one imported from older data has none."""
    return [each for each in Starter if each.value in names]
