"""In which language this machine's commands speak: what the environment asks for, else English."""

import os
import sys

from languages.catalogue import ENGLISH, NAMES, NotCompiled, Templates, nearest, templates

# The first that is set decides, as it does for other programs.
VARIABLES = ("SPLITBOARD_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANGUAGE", "LANG")


def language() -> str:
    """The tag of the language to speak, such as "zh-TW".

    English where nobody has translated to the one that is named, or standard output has no signs for it.
    """
    named = next(filter(None, (os.environ.get(name, "").strip() for name in VARIABLES)), "")
    tag = nearest(named.split(":")) or ENGLISH
    return tag if _is_writable(tag) else ENGLISH


def _is_writable(tag: str) -> bool:
    """Whether standard output can write what a language calls itself."""
    try:
        NAMES.get(tag, "").encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def catalogue() -> Templates:
    """The texts of that language; English ones where a copy of the source has not been set up."""
    try:
        return templates(language())
    except NotCompiled:
        return templates(ENGLISH)
