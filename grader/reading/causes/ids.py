"""What often happens to an id between sample_submission.csv and an upload, and how to undo it."""

import re
import unicodedata
from collections.abc import Callable

from grader import arrow
from grader.errors import SHOWN
from grader.messages import Message, Text, joined
from grader.reading.causes.look_alikes import in_latin
from grader.reading.ids.index import IdIndex
from grader.reading.locations import quote

WRAPPED = re.compile(r"(b|tensor\()?[\[(]?['\"](.*?)['\"][\])]?\)?")
SLIPS: tuple[tuple[Callable[[str, int], str], Message], ...] = (
    (lambda name, _: name.strip(), Message("Remove the blanks around the ids.")),
    (lambda name, _: _as_whole_number(name), Message("Write whole numbers: df['{column}'].astype(int).")),
    (
        lambda name, width: name.zfill(width),
        Message("Keep the leading zeros: read ids with dtype={{'{column}': str}}."),
    ),
    (lambda name, _: name.lstrip("0") or "0", Message("Do not pad the ids with zeros.")),
    (lambda name, _: name.lower(), Message("Keep the case of the ids.")),
    (lambda name, _: name.upper(), Message("Keep the case of the ids.")),
    (
        lambda name, _: name.rsplit("/", 1)[-1].rsplit("\\", 1)[-1],
        Message("Write the file's name without its folder."),
    ),
    (
        lambda name, _: re.sub(r"\.[A-Za-z]\w{0,4}$", "", name),
        Message("Write the ids without a file ending."),
    ),
    (lambda name, _: _visible_part(name), Message("Remove the characters that cannot be seen from the ids.")),
    (lambda name, _: WRAPPED.sub(r"\2", name), Message("Write the ids alone, without brackets or quotes.")),
    (
        lambda name, _: unicodedata.normalize("NFC", name),
        Message(
            "The same look, other characters (file names of macOS are so): unicodedata.normalize('NFC', id)."
        ),
    ),
    (
        lambda name, _: unicodedata.normalize("NFD", name),
        Message(
            "The same look, other characters: take the ids from sample_submission.csv, as they stand there."
        ),
    ),
    (
        lambda name, _: in_latin(name),
        Message(
            "A letter of another alphabet only looks like a Latin one: take the ids from "
            "sample_submission.csv."
        ),
    ),
    (
        lambda name, _: unicodedata.normalize("NFKC", name),
        Message("Full-width characters are others: write plain ones."),
    ),
)
REWRITTEN = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}( .*)?|\d{1,2}-[A-Z][a-z]{2}(-\d{2,4})?|[A-Z][a-z]{2}-\d{2}|"
    r"-?\d[.,]?\d*[eE][+-]\d+|\d{1,3}(,\d{3})+"
)


def slip_hint(names: list[str], key_ids: IdIndex, column: str) -> Text | None:
    """A hint that turns the unknown names into known ids, if one does. column: the ids' name."""
    width = max((len(name) for name in key_ids.ids[:SHOWN].to_pylist()), default=0)
    for undo, hint in SLIPS:
        candidates = [undo(name, width) for name in names]
        if candidates != names and int(key_ids.rows_of(arrow.texts(candidates)).min()) >= 0:
            number = next(n for n, name in enumerate(names) if candidates[n] != name)
            return joined(hint.filled(column=column), _difference(names[number], candidates[number]))
    return None


def spreadsheet_hint(names: list[str]) -> Text | None:
    """What to do about ids that a spreadsheet has made dates or numbers of; None where none looks so."""
    name = next((name for name in names if REWRITTEN.fullmatch(name)), None)
    if name is None:
        return None
    return Message(
        "A spreadsheet may have rewritten the ids, as {name}: write the file with pandas, or format the "
        "column as text.",
        name=quote(name.encode()),
    )


def _as_whole_number(name: str) -> str:
    """The whole number that a float is written for, as '7' for '7.0' and '7e0'; else the name itself."""
    if name.isdigit() or not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,18})?([eE][+]?[0-9]{1,2})?", name):
        return name
    number = float(name)
    return str(int(number)) if number.is_integer() else name


def _visible_part(name: str) -> str:
    return "".join(one for one in name if unicodedata.category(one) not in ("Cf", "Cc")).strip()


def _difference(name: str, candidate: str) -> Text:
    written, meant = quote(name.encode()), quote(candidate.encode())
    if in_latin(unicodedata.normalize("NFC", name)) == unicodedata.normalize("NFC", candidate):
        written, meant = (f"'{ascii(text)[1:-1][:60]}'" for text in (name, candidate))
    return Message("{written} is not {meant}.", written=written, meant=meant)
