"""A slow, obvious reader of submissions, written from the rules alone; the grader must agree with it."""

import csv
import io
import re

FIELD = r'(?:"(?:[^"]|"")*"|[^",\r\n]*)'
RECORD = rf"{FIELD}(?:,{FIELD})*"
WELL_QUOTED = re.compile(rf"{RECORD}(?:(?:\r\n|\n|\r){RECORD})*")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
WHOLE = re.compile(r"0|-?[1-9][0-9]*")


class Refused(Exception):
    """The file breaks a rule."""


def read(data: bytes, *, columns: list[str], ids: list[str]) -> dict[str, list[str]]:
    """The targets of each id, as text. Raises Refused."""
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise Refused("not UTF-8") from error
    if "\0" in text or not WELL_QUOTED.fullmatch(text):
        raise Refused("NUL or a stray quote")
    header, *rows = list(csv.reader(io.StringIO(text, newline=""), strict=True)) or [[]]
    if sorted(header) != sorted(columns):
        raise Refused("header")
    if any(len(row) != len(columns) for row in rows):
        raise Refused("ragged")
    places = [header.index(name) for name in columns]
    values = {row[places[0]]: [row[place] for place in places[1:]] for row in rows}
    if len(values) != len(rows) or sorted(values) != sorted(ids):
        raise Refused("ids")
    return values


def number(text: str, *, lowest: float, highest: float) -> float:
    """The number written in `text`. Raises Refused."""
    if not NUMBER.fullmatch(text) or not lowest <= float(text) <= highest:
        raise Refused("number")
    return float(text)


def whole_label(text: str) -> str:
    """The label, of a competition whose labels are whole numbers. Raises Refused."""
    if not WHOLE.fullmatch(text):
        raise Refused("label")
    return text
