"""How files go wrong on their way: what notebooks, spreadsheets, editors and networks do to them."""

import gzip
import io
import zipfile
from collections.abc import Callable
from random import Random

from tests.grader.metrics.proofs import Row
from tests.grader.metrics.proofs.proof import quoted

Rows = list[Row]


def _is_number(text: str) -> bool:
    return text.strip().lstrip("-").replace(".", "").replace("e-", "").isdigit()


def every(spell: Callable[[str], str], *, column: int = 1) -> Callable[[Random, Rows], Rows]:
    """Spell all fields of a column otherwise, by default of the first one after the id."""

    def spoil(draw: Random, rows: Rows) -> Rows:
        return [rows[0], *([*row[:column], spell(row[column]), *row[column + 1 :]] for row in rows[1:])]

    return spoil


def some(spell: Callable[[str], str], *, column: int = 1) -> Callable[[Random, Rows], Rows]:
    """Spell one to four fields of a column otherwise."""

    def spoil(draw: Random, rows: Rows) -> Rows:
        chosen = set(draw.sample(range(1, len(rows)), min(len(rows) - 1, draw.randint(1, 4))))
        return [
            [*row[:column], spell(row[column]), *row[column + 1 :]] if number in chosen else row
            for number, row in enumerate(rows)
        ]

    return spoil


SPELLINGS: dict[str, Callable[[str], str]] = {
    "blanks around": " {} ".format,
    "a blank before": " {}".format,
    "a no-break space": "\u00a0{}".format,
    "a tab": "{}\t".format,
    "single quotes": "'{}'".format,
    "double quotes": '"{}"'.format,
    "bytes": "b'{}'".format,
    "brackets": "[{}]".format,
    "a list's repr": lambda text: str(text.split()),
    "a list in brackets": lambda text: "[" + ", ".join(text.split()) + "]",
    "commas": lambda text: ",".join(text.split()),
    "semicolons": lambda text: ";".join(text.split()),
    "a tuple": lambda text: str(tuple(text.split())),
    "capitals": str.upper,
    "a title": str.title,
    "small letters": str.lower,
    "a float": "{}.0".format,
    "whole": lambda text: text.removesuffix(".0"),
    "a leading zero": "0{}".format,
    "a plus": "+{}".format,
    "truth": lambda text: {"1": "True", "0": "False", "1.0": "True", "0.0": "False"}.get(text, text),
    "full width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "nothing": lambda text: "",
    "nan": lambda text: "nan",
    "None": lambda text: "None",
    "inf": lambda text: "inf",
    "a percentage": "{}%".format,
    "a decimal comma": lambda text: text.replace(".", ","),
    "thousands": lambda text: text.replace(".", ",000."),
    "an exponent": lambda text: text if "e" in text or not text.replace(".", "").isdigit() else text + "e0",
    "many digits": lambda text: text + "0" * 9 if "." in text and text.replace(".", "").isdigit() else text,
    "a number's repr": "np.float64({})".format,
    "a tensor": "tensor({})".format,
    "a newline": "{}\n".format,
    "twice": lambda text: f"{text} {text}",
    "a probability": lambda text: text if _is_number(text) else f"0.{10 + sum(map(ord, text)) % 89}",
    "a class number": lambda text: text if _is_number(text) else str(len(text) % 3),
}
OF_IDS = ("a float", "capitals", "blanks around", "a leading zero", "nothing")
ROW_SPOILS: dict[str, Callable[[Random, Rows], Rows]] = {
    **{f"every value: {name}": every(spell) for name, spell in SPELLINGS.items()},
    **{f"some values: {name}": some(spell) for name, spell in SPELLINGS.items()},
    **{
        f"every id: {name}": every(SPELLINGS[name], column=0)
        for name in ("a float", "capitals", "blanks around")
    },
    **{
        f"some ids: {name}": some(SPELLINGS[name], column=0)
        for name in ("a float", "a leading zero", "nothing")
    },
    "shuffled rows": lambda draw, rows: [rows[0], *draw.sample(rows[1:], len(rows) - 1)],
    "shuffled columns": lambda draw, rows: _reordered(rows, draw.sample(range(len(rows[0])), len(rows[0]))),
    "a row left out": lambda draw, rows: _without(rows, draw.randrange(1, len(rows))),
    "a row twice": lambda draw, rows: [*rows, draw.choice(rows[1:])],
    "a row of its own": lambda draw, rows: [*rows, ["another", *rows[1][1:]]],
    "half of the rows": lambda draw, rows: rows[: len(rows) // 2],
    "an index": lambda draw, rows: [["", *rows[0]], *([str(n), *row] for n, row in enumerate(rows[1:]))],
    "no header": lambda draw, rows: rows[1:],
    "the header again": lambda draw, rows: [*rows[:3], rows[0], *rows[3:]],
    "another name": lambda draw, rows: [[*rows[0][:-1], "prediction"], *rows[1:]],
    "a name in capitals": lambda draw, rows: [[name.upper() for name in rows[0]], *rows[1:]],
    "a column twice": lambda draw, rows: [[*row, row[-1]] for row in rows],
    "a blank line": lambda draw, rows: [*rows[:2], [""], *rows[2:]],
    "blank lines at the end": lambda draw, rows: [*rows, [""], [""]],
    "a short row": lambda draw, rows: [*rows[:-1], rows[-1][:-1]],
    "a long row": lambda draw, rows: [*rows[:-1], [*rows[-1], "1"]],
    "two columns' values swapped": lambda draw, rows: [rows[0], *(row[::-1] for row in rows[1:])],
    "nothing": lambda draw, rows: rows,
}
KEY_SPOILS: dict[str, Callable[[Random, Rows], Rows]] = {
    **{name: spoil for name, spoil in ROW_SPOILS.items() if not name.endswith(": twice")},
    "usage in small letters": lambda draw, rows: every(str.lower, column=len(rows[0]) - 1)(draw, rows),
    "some usage padded": lambda draw, rows: some(" {}".format, column=len(rows[0]) - 1)(draw, rows),
    "all public": lambda draw, rows: every(lambda _: "Public", column=len(rows[0]) - 1)(draw, rows),
    "splits swapped": lambda draw, rows: every(_other_split, column=len(rows[0]) - 1)(draw, rows),
}


def _other_split(word: str) -> str:
    return {"Public": "Private", "Private": "Public"}.get(word, word)


def _reordered(rows: Rows, order: list[int]) -> Rows:
    return [[row[place] for place in order] for row in rows]


def _without(rows: Rows, place: int) -> Rows:
    return rows[:place] + rows[place + 1 :]


def _zip(data: bytes, *names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, data)
    return buffer.getvalue()


def _flipped(draw: Random, data: bytes) -> bytes:
    place = draw.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << draw.randrange(8)]) + data[place + 1 :]


def _with_byte(draw: Random, data: bytes) -> bytes:
    place = draw.randrange(len(data))
    return data[:place] + draw.choice([b"\0", b'"', b",", b"\n", b"\r", b" ", b"\xff", b"9"]) + data[place:]


BYTE_SPOILS: dict[str, Callable[[Random, bytes], bytes]] = {
    "nothing": lambda draw, data: data,
    "CR LF": lambda draw, data: data.replace(b"\n", b"\r\n"),
    "CR": lambda draw, data: data.replace(b"\n", b"\r"),
    "CR CR LF": lambda draw, data: data.replace(b"\n", b"\r\r\n"),
    "no last line end": lambda draw, data: data.rstrip(b"\n"),
    "a byte order mark": lambda draw, data: b"\xef\xbb\xbf" + data,
    "two byte order marks": lambda draw, data: b"\xef\xbb\xbf" * 2 + data,
    "semicolons": lambda draw, data: data.replace(b",", b";"),
    "tabs": lambda draw, data: data.replace(b",", b"\t"),
    "blanks after commas": lambda draw, data: data.replace(b",", b", "),
    "lines that end in a comma": lambda draw, data: data.replace(b"\n", b",\n"),
    "each line in quotes": lambda draw, data: b"\n".join(b'"%s"' % line for line in data.split(b"\n")),
    "cut short": lambda draw, data: data[: draw.randrange(1, len(data))],
    "cut at a line": lambda draw, data: (
        data[: data.rfind(b"\n", 0, draw.randrange(2, len(data))) + 1] or data
    ),
    "NUL padding": lambda draw, data: data + bytes(40),
    "a flipped bit": _flipped,
    "a byte more": _with_byte,
    "a byte less": lambda draw, data: (lambda at: data[:at] + data[at + 1 :])(draw.randrange(len(data))),
    "joined with itself": lambda draw, data: data + data,
    "UTF-16": lambda draw, data: data.decode("utf-8", "replace").encode("utf-16"),
    "Latin-1": lambda draw, data: data.decode("utf-8", "replace").encode("latin-1", "replace"),
    "gzip": lambda draw, data: gzip.compress(data, mtime=0),
    "gzip twice": lambda draw, data: gzip.compress(gzip.compress(data, mtime=0), mtime=0),
    "gzip cut short": lambda draw, data: gzip.compress(data, mtime=0)[:-5],
    "zip": lambda draw, data: _zip(data, "pred.csv"),
    "zip of two": lambda draw, data: _zip(data, "a.csv", "b.csv"),
    "a flipped bit in a zip": lambda draw, data: _flipped(draw, _zip(data, "pred.csv")),
    "a comment first": lambda draw, data: b"# made by me\n" + data,
    "a blank line first": lambda draw, data: b"\n" + data,
}


def spoiled(draw: Random, rows: Rows, spoils: dict[str, Callable[[Random, Rows], Rows]]) -> tuple[str, bytes]:
    """A spoiled file, and what became of it."""
    names = draw.sample(sorted(spoils), draw.choice([1, 1, 1, 2]))
    for name in names:
        is_whole = len(rows) > 3 and {len(row) for row in rows} == {len(rows[0])}
        rows = spoils[name](draw, rows) if is_whole else rows
    write = quoted if draw.randrange(6) else _always_quoted
    data = "".join(",".join(map(write, row)) + "\n" for row in rows).encode()
    byte_names = (
        ["nothing"] if draw.randrange(3) else draw.sample(sorted(BYTE_SPOILS), draw.choice([1, 1, 2]))
    )
    for name in byte_names:
        data = BYTE_SPOILS[name](draw, data) if len(data) > 3 else data
    return "; ".join([*names, *byte_names]), data


def _always_quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
