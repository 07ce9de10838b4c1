"""The value of the web API about what a file of predictions was made by (docs/api.md)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a file was made by: a notebook or script, its SHA-256, and its commit, + where files differ."""

    name: str = ""
    sha256: str = ""
    commit: str = ""
