"""The translated templates of each language, as the set-up has compiled them."""

import gettext
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
ENGLISH = "en"
NAMES = {ENGLISH: "English", "zh-TW": "繁體中文"}  # how a language calls itself; others go by their tag
MESSAGES, SCRIPTS = "splitboard.mo", "scripts.json"


class NotCompiled(Exception):
    """A catalogue is there and was not compiled."""

    def __init__(self, language: str) -> None:
        super().__init__(
            f"The catalogue of {language} is not compiled: run `python -m languages compile`, which "
            "`./splitboard` does by itself."
        )


class Templates:
    """One language's templates. English has none of its own: each template stands for itself."""

    def __init__(
        self, language: str, translations: gettext.NullTranslations, scripts: dict[str, str]
    ) -> None:
        self.language = language
        self.scripts = scripts  # what the scripts of pages say, by its English template
        self._translations = translations

    def gettext(self, message: str) -> str:
        """The template in this language, or itself where nobody has translated it."""
        return self._translations.gettext(message) if message else ""

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The template for this count."""
        return self._translations.ngettext(one, many, count)


def folder_of(language: str) -> Path:
    """Where a language's catalogue stands."""
    return HERE / language.replace("-", "_") / "LC_MESSAGES"


@cache
def available() -> tuple[str, ...]:
    """The tags of all languages, English first."""
    # A student's installation has what was compiled and not what it was compiled from.
    folders = {path.parents[1].name for path in HERE.glob("*/*/splitboard.[pm]o")}
    return ENGLISH, *sorted(folder.replace("_", "-") for folder in folders)


@cache
def templates(language: str) -> Templates:
    """The templates of an available language. Raises NotCompiled when the set-up has not been there."""
    if language == ENGLISH:
        return Templates(ENGLISH, gettext.NullTranslations(), {})
    folder = folder_of(language)
    try:
        with (folder / MESSAGES).open("rb") as file:
            translations = gettext.GNUTranslations(file)
        scripts = json.loads((folder / SCRIPTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotCompiled(language) from None
    return Templates(language, translations, scripts)


def nearest(tags: Iterable[str], among: Iterable[str] | None = None) -> str | None:
    """The first language among the tags somebody asks for, best first; None when there is none.

    among: the languages there are, by default all that have a catalogue.

    "zh", "zh-HK" and "zh_TW.UTF-8" are content with "zh-TW" where there is nothing nearer.
    Source: the lookup of RFC 4647, with the primary language as the last step.
    """
    known = {tag.lower(): tag for tag in (available() if among is None else among)}
    primary = {tag.split("-")[0]: tag for tag in reversed(list(known.values()))}
    for name in tags:
        tag = name.split(".")[0].replace("_", "-").lower()
        if tag in known:
            return known[tag]
        if tag.split("-")[0] in primary:
            return primary[tag.split("-")[0]]
    return None
