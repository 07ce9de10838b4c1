"""What a file of predictions was made by, as whoever sends it says: a notebook or script, and its commit."""

from typing import TypedDict

from server.domain.texts.letters import legible

NAME_MOST = 200  # characters; of a longer one the last stand
SHA256 = "^([0-9a-f]{64})?$"
COMMIT = r"^([0-9a-f]{40}([0-9a-f]{24})?\+?)?$"  # of Git; a plus where files differ from it


class Origin(TypedDict):
    """The file of code by its name and SHA-256, and the commit it stands in; empty where nothing is said."""

    name: str
    sha256: str
    commit: str


def origin_of(*, name: str, sha256: str, commit: str) -> Origin | None:
    """The origin as it is kept, None where nothing is said. The two last are of the forms above."""
    legible_name = legible(" ".join(name.split())[-NAME_MOST:])[-NAME_MOST:]
    if not (legible_name or sha256 or commit):
        return None
    return Origin(name=legible_name, sha256=sha256, commit=commit)
