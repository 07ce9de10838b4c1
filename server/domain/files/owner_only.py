"""The data folder is its owner's alone: it holds answer keys, private scores and the hashes of passwords.

A university's machine has other people's accounts on it. Source: OWASP ASVS 5.0, 13.2.2 and 14.2.4.
"""

import os
import stat
from pathlib import Path

from grader.messages import Message
from server.domain.errors import Invalid

OTHERS = 0o077  # the bits of the group and of everybody else


def close_to_others(folder: Path) -> None:
    """Make `folder` its owner's alone, and so whatever this process and its children write from now on.

    Files that an earlier version left readable lie below the folder, which nobody else can enter any more.
    Raises Invalid where the folder is open and belongs to somebody else.
    """
    os.umask(OTHERS)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & OTHERS:
        try:
            folder.chmod(mode & ~OTHERS)
        except PermissionError as error:
            raise Invalid(
                Message(
                    "{folder} is open to others and belongs to another account. It holds answer keys: let "
                    "that account run this, or take the folder over with chown.",
                    folder=folder,
                )
            ) from error
