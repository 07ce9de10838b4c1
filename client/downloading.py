"""Which of a competition's files a download brings into a folder."""

from pathlib import Path
from typing import TYPE_CHECKING

from client.api.errors import UnexpectedAnswer
from client.api.types.competitions import PublicFile
from grader.messages import Message

if TYPE_CHECKING:
    from client.api.client import Api

STARTERS = ("starter.py", "starter.ipynb")


def files_of(api: "Api", slug: str) -> tuple[PublicFile, ...]:
    """The competition's files. Raises UnexpectedAnswer for a name that leaves the folder or hides in it."""
    files = api.files(slug)
    for name in (file.name for file in files):
        if not _stays_inside(name):
            raise UnexpectedAnswer(
                Message("The list of files"), Message("a file named {name}", name=repr(name))
            )
    return files


def _stays_inside(name: str) -> bool:
    """Whether a name, with folders before it or without, stays in the folder that it is brought into."""
    is_one_way = not any(sign in name for sign in ("\\", ":"))
    return is_one_way and all(part and not part.startswith(".") for part in name.split("/"))


def is_left_alone(file: PublicFile, to: Path) -> bool:
    """Whether a file that is here stays, whatever the server has: a starter is there to be changed."""
    return file.name in STARTERS and to.exists()
