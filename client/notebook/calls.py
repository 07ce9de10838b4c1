"""What a notebook reads: boards, submissions, points, files."""

from pathlib import Path

from client.api.client import Api
from client.api.downloads import is_here
from client.api.types.competitions import PublicFile, Split
from client.courses import only_course
from client.downloading import files_of, is_left_alone
from client.notebook.connection import connected
from client.notebook.frames import Table, table_of
from client.output.progress import progress_bar


def board(
    slug: str, *, private: bool = False, server: str = "", token: str = "", profile: str | None = None
) -> Table:
    """A competition's board, one row a team or baseline; the private one once it is revealed."""
    split: Split = "private" if private else "public"
    with connected(server=server, token=token, profile=profile) as api:
        return table_of(api.leaderboard(slug, split).rows)


def submissions(slug: str, *, server: str = "", token: str = "", profile: str | None = None) -> Table:
    """Your team's submissions, the newest first; private scores once they are revealed."""
    with connected(server=server, token=token, profile=profile) as api:
        return table_of(api.submissions(slug))


def competitions(*, server: str = "", token: str = "", profile: str | None = None) -> Table:
    """The competitions of your courses."""
    with connected(server=server, token=token, profile=profile) as api:
        return table_of(api.competitions())


def points(course: str = "", *, server: str = "", token: str = "", profile: str | None = None) -> Table:
    """Your points, one row a homework. course: needed where you are in several. Raises Misuse."""
    with connected(server=server, token=token, profile=profile) as api:
        return table_of(api.points(course or only_course(api)).homeworks)


def download(
    slug: str,
    to: str | Path = "",
    *,
    server: str = "",
    token: str = "",
    profile: str | None = None,
) -> Path:
    """Fetch a competition's files into a folder, by default one of its name, and return it.

    Each is verified by its SHA-256; what is here already is not fetched, and what was cut short goes on.
    """
    folder = Path(to or slug)
    with connected(server=server, token=token, profile=profile) as api:
        for file in files_of(api, slug):
            _fetch(api, file, folder / file.name)
    return folder


def _fetch(api: Api, file: PublicFile, to: Path) -> None:
    if is_here(file, to) or is_left_alone(file, to):
        return
    with progress_bar(file.name) as advance:
        api.download(file, to, progress=advance)
