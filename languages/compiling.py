"""From the catalogues to what is read at run time: binary templates, and the scripts' share of them."""

import json

from babel.messages import Catalog
from babel.messages.mofile import write_mo

from languages import extraction
from languages.catalogue import MESSAGES, SCRIPTS, available, folder_of


def compile_all() -> None:
    """Compile each catalogue that has changed since; a kill in the middle leaves what was there."""
    for language in available()[1:]:
        if not is_fresh(language):
            _compile(language, extraction.read(language))


def is_fresh(language: str) -> bool:
    """Whether what was compiled is of the catalogue as it stands."""
    source = extraction.po_file(language).stat().st_mtime_ns
    binaries = [folder_of(language) / name for name in (MESSAGES, SCRIPTS)]
    return all(file.exists() and file.stat().st_mtime_ns >= source for file in binaries)


def _compile(language: str, catalog: Catalog) -> None:
    folder = folder_of(language)
    texts = {
        message.id if isinstance(message.id, str) else message.id[0]: (
            message.string if isinstance(message.string, str) else message.string[-1]
        )
        for message in catalog
        if message.id and message.string and any(place.endswith(".js") for place, _ in message.locations)
    }
    new = folder / f"{SCRIPTS}.new"
    new.write_text(json.dumps(texts, ensure_ascii=False, sort_keys=True), encoding="utf-8")
    new.replace(folder / SCRIPTS)
    new = folder / f"{MESSAGES}.new"
    with new.open("wb") as file:
        write_mo(file, catalog)
    new.replace(folder / MESSAGES)
