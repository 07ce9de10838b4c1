"""Starter code of a competition: public files that `build` wrote, with two names still to be filled in."""

from collections.abc import Collection
from enum import StrEnum

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


def among(names: Collection[str]) -> list[Starter]:
    """Those that a competition has; one imported from older data has none."""
    return [each for each in Starter if each.value in names]
