"""Why a field is no number, seen from how it is written: as a tensor, with a comma, in other digits."""

import re
import unicodedata
from collections.abc import Callable, Iterable

from grader.messages import Message, Text

PLAIN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
MINUS_SIGNS = "\u2212\u2013\u2014\u2010\u2011\ufe63\uff0d"
CURRENCIES = "$\u20ac\u00a3\u00a5"
UNITS = rf"[{CURRENCIES}]\s*(.*)|(.*?)\s*(?:[{CURRENCIES}\u00b0\u00b5]|[A-Za-z]{{2,}})[^0-9]*"
IN_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
LONGEST = 60  # characters of a field that is looked at; patterns may take the square of it in steps
USUAL = Message("Write plain numbers: a dot for decimals, no blanks, no thousands separators, no units.")

# How a slip is undone, which leaves a plain number, and the advice; the first that fits all fields is given.
Slip = tuple[Callable[[str], str], Message]
SLIPS: tuple[Slip, ...] = (
    (
        lambda text: _inner(r"(?:tensor|array|np\.float\d+|np\.int\d+)\([\[(]*([^,\s\])]+).*\)", text),
        Message("A tensor or an array was printed: write its number, p.item() for one, p.tolist() for all."),
    ),
    (
        lambda text: _inner(r"[\[({]+([^,\s\])}]+).*[\])}]", text),
        Message("Write one number without brackets: df['{name}'].str[0] for lists, p.ravel() for arrays."),
    ),
    (
        lambda text: _inner(r"b?(?:'(.*)'|\"(.*)\")", text),
        Message("Write the number without quotes around it: df['{name}'].astype(float)."),
    ),
    (
        lambda text: re.sub(rf"^[{MINUS_SIGNS}]", "-", text),
        Message(
            "The minus sign is {sign}: write the keyboard's hyphen, "
            "df['{name}'].str.replace('{character}', '-').astype(float)."
        ),
    ),
    (
        lambda text: text.strip(),
        Message("Write the numbers with no blanks around them: df['{name}'].str.strip().astype(float)."),
    ),
    (
        lambda text: unicodedata.normalize("NFKC", text),
        Message(
            "These are full-width characters, which are no plain digits: "
            "df['{name}'].str.normalize('NFKC').astype(float)."
        ),
    ),
    (
        lambda text: re.sub(r"\s*[%\uff05]$", "", text),
        Message(
            "Write shares, with no units: 0.5 for 50 %, df['{name}'].str.rstrip('% ').astype(float) / 100."
        ),
    ),
    (
        lambda text: text.replace(",", "") if IN_THOUSANDS.fullmatch(text) else text,
        Message(
            "Write no thousands separators: df['{name}'].str.replace(',', '').astype(float). If the comma "
            "stands "
            "for a decimal point, write a dot for decimals."
        ),
    ),
    (
        lambda text: text.replace(",", "."),
        Message(
            "Write a dot for decimals, not a comma: df.to_csv('pred.csv', index=False, decimal='.'), or "
            "df['{name}'].str.replace(',', '.').astype(float)."
        ),
    ),
    (
        lambda text: re.sub(r"(?<=\d)[_' \u00a0\u202f](?=\d)", "", text),
        Message("Write no thousands separators, only digits and a dot for decimals."),
    ),
    (
        lambda text: {"true": "1", "false": "0"}.get(text.lower(), text),
        Message("Write 1 and 0, or the probability, for True and False: df['{name}'].astype(int)."),
    ),
    (
        lambda text: _inner(UNITS, text),
        Message("Write the number alone, with no units."),
    ),
)


def hint_not_a_number(name: str, spellings: Iterable[str]) -> Text:
    """What to do about fields that are no numbers. spellings: the first few of them.

    >>> hint_not_a_number("y", ["True", "False"])
    "Write 1 and 0, or the probability, for True and False: df['y'].astype(int)."
    """
    texts = [*spellings]
    if not texts or max(map(len, texts)) > LONGEST:
        return USUAL
    for undo, hint in SLIPS:
        if all(undo(text) != text and PLAIN.fullmatch(undo(text).strip()) for text in texts):
            sign = texts[0][:1]
            return hint.filled(name=name, character=sign, sign=_name(sign))
    return USUAL


def _inner(pattern: str, text: str) -> str:
    """What the first group of the pattern takes of the text; the text itself where it does not fit."""
    match = re.fullmatch(pattern, text.strip())
    return next((group for group in match.groups() if group is not None), text) if match else text


def _name(character: str) -> str:
    return f"U+{ord(character):04X}, {unicodedata.name(character, 'unnamed')}" if character else ""
