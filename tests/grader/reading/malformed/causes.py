"""Files whose cause the messages name: the bytes, whose competition, and what is said about each."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable

from grader.answer_keys.answer_key import AnswerKey
from grader.spec import GradingSpec
from tests.grader.cases import IDS, a_file, key_of
from tests.grader.reading.malformed.entry import (
    animals,
    chances,
    every,
    labels,
    names,
    rows,
    two_columns,
    values,
)
from tests.grader.reading.malformed.whole_files import zipped

GOOD = a_file()
UNKNOWN_LABEL = "a label that staff did not declare, which the offline check cannot know"
BODY = GOOD.split(b"\n", 1)[1]


def counts() -> AnswerKey:
    """A competition of numbers of 0 or more."""
    return key_of(GradingSpec("rmsle", "id", ("y",)))


def shares() -> AnswerKey:
    """A competition of three columns that are shares of one."""
    return key_of(
        GradingSpec("log_loss_multiclass", "id", ("y",), labels=("cat", "dog", "owl")),
        truth="cat",
        private="dog",
    )


def many_columns() -> AnswerKey:
    """A competition of a hundred columns."""
    return key_of(GradingSpec("rmse", "id", tuple(f"p{number}" for number in range(100))))


def cafes() -> AnswerKey:
    """A competition whose ids have an accent, as one character."""
    return key_of(ids=[f"Caf\u00e9_{name}" for name in IDS])


def tar(mode: str) -> bytes:
    """pred.csv in a tar archive, of a mode of `tarfile`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        member = tarfile.TarInfo("pred.csv")
        member.size = len(GOOD)
        archive.addfile(member, io.BytesIO(GOOD))
    return buffer.getvalue()


FORM = (
    b'--X9\r\nContent-Disposition: form-data; name="file"; filename="pred.csv"\r\n'
    b"Content-Type: text/csv\r\n\r\n" + GOOD + b"\r\n--X9--\r\n"
)
NOTEBOOK = json.dumps({"cells": [], "nbformat": 4}).encode()
LOGITS = values(lambda n: f"{n - 5}.5")
JOINED = GOOD + b"id,y\n" + b"\n".join(f"{n},0.5".encode() for n in range(90, 95))

Key = Callable[[], AnswerKey]
# The file, whose competition, and parts of what is said about it; a part after "not:" is not said.
FILES: dict[str, tuple[bytes, Key, tuple[str, ...]]] = {
    "logits for probabilities": (LOGITS, chances, ("look like logits", "softmax", "such as 1.0000001")),
    "percentages": (a_file("1,83.4", "2,32.6"), chances, ("from 0 to 100", "divide by 100")),
    "a rounding above 1": (a_file("1,1.0000001"), chances, ("Clip the rounding", "clip(0, 1)")),
    "a number of another kind": (a_file("1,8300"), chances, ("no probabilities",)),
    "infinity": (a_file("1,inf", "2,nan"), key_of, ("~np.isfinite(df['y'])", "not:isna")),
    "nan": (a_file("1,nan"), key_of, ("df['y'].isna()",)),
    "another name": (a_file(header="id,prediction"), key_of, ("{'prediction': 'y'}", "not:Remove")),
    "other names for both": (a_file(header="image,label"), key_of, ("df.columns = ['id', 'y']",)),
    "two columns like one": (
        a_file(header="ID,Id,y"),
        key_of,
        ("{'ID': 'id'}", "column 'Id', which was not"),
    ),
    "names in brackets": (
        a_file(header="[id],[y]"),
        key_of,
        ("not the header: it is '[id],[y]'", "not:JSON"),
    ),
    "a hundred columns of classes": (
        a_file(header="image,label"),
        many_columns,
        ("p0,p1", ",... (101 columns)", "not:p50"),
    ),
    "np.savetxt": (a_file(header="# id,y"), key_of, ("comments=''", "{'# id': 'id'}")),
    "np.savetxt without a format": (
        rows(*(f"{int(name):.18e},0.5" for name in IDS)),
        key_of,
        ("Write whole numbers", "'1.000000000000000000e+00' is not '1'"),
    ),
    "an invisible blank": (a_file(header="id\u200b,y"), key_of, ("'id\\u200b'", "cannot be seen")),
    "a second mark": (b"\xef\xbb\xbf" * 2 + GOOD, key_of, ("'\\ufeffid'", "second byte order mark")),
    "a mark before the first row": (
        b"id,y\n\xef\xbb\xbf" + BODY,
        key_of,
        ("'\\ufeff1' is not '1'", "cannot be seen"),
    ),
    "decomposed ids": (
        rows(*(f"Cafe\u0301_{name},0.5" for name in IDS)),
        cafes,
        ("normalize('NFC', id)", "'Cafe\\u0301_1' is not 'Caf\\xe9_1'"),
    ),
    "a comma at all ends": (GOOD.replace(b"\n", b",\n"), key_of, ("end no line in a comma", "not:pandas")),
    "a comma at each row's end": (
        b"id,y\n" + BODY.replace(b"\n", b",\n"),
        key_of,
        ("ends in a comma", "12 rows have 3 fields; 2 expected"),
    ),
    "an index": (a_file(header=",id,y"), key_of, ("pandas' index", "row.names = FALSE")),
    "a tar archive": (tar("w"), key_of, ("This is a tar archive",)),
    "a tar.gz archive": (tar("w:gz"), key_of, ("This is a tar archive",)),
    "random bytes": (bytes(range(1, 256)) * 4, key_of, ("not text", "Upload the CSV file")),
    "nothing but NUL": (b"\0" * 5_000, key_of, ("not text",)),
    "each line in quotes": (
        b"".join(b'"%s"\n' % line for line in GOOD.splitlines()),
        key_of,
        ("one quoted cell", "without quotes around whole lines"),
    ),
    "bars": (GOOD.replace(b",", b"|"), key_of, ("separated by '|'; commas were expected",)),
    "two blanks": (GOOD.replace(b",", b"  "), key_of, ("separated by blanks",)),
    "semicolons under another name": (a_file(header="id;prediction"), key_of, ("semicolons",)),
    "blank lines first": (b"\n\n" + GOOD, key_of, ("begins with 2 lines", "Remove them")),
    "a blank line first": (b"\n" + GOOD, key_of, ("begins with an empty line", "Remove it")),
    "a comment first": (
        b"# best\n" + GOOD,
        key_of,
        ("'# best'", "header stands on line 2", "Remove the line"),
    ),
    "sep=,": (b"sep=,\n" + GOOD, key_of, ("'sep=,', which only Excel reads", "Remove the line")),
    "two files joined": (JOINED, key_of, ("repeats the header", "(line 14)", "not:must hold numbers")),
    "three files joined": (GOOD * 3, key_of, ("2 lines below repeat the header", "(line 14, 27)")),
    "two columns for one number": (
        rows(*(f"{name},0.5,0.5" for name in IDS), header="id,0,1"),
        key_of,
        ("which were not asked for", "Remove them", "not:predict_proba", "not:idxmax"),
    ),
    "predict_proba": (
        rows(*(f"{name},0.5,0.5" for name in IDS), header="id,0,1"),
        chances,
        ("which were not asked for", "predict_proba(X)[:, 1]", "not:idxmax"),
    ),
    "predict_proba for a label": (
        rows(*(f"{name},0.5,0.5" for name in IDS), header="id,0,1"),
        labels,
        ("which were not asked for", "df[['0', '1']].idxmax(axis=1)", "not:predict_proba"),
    ),
    "ids as dates": (every(lambda n: f"2026/1/{n}"), names, ("spreadsheet", "format the column as text")),
    "ids as powers": (every(lambda n: f"1.2345{n}E+11"), names, ("spreadsheet",)),
    "ids with thousands": (every(lambda n: f'"123,4{int(n):02d}"'), names, ("spreadsheet",)),
    "ids in brackets": (every(lambda n: f"['{n}']"), key_of, ("without brackets", "is not '1'")),
    "below 0": (a_file("1,-3"), counts, ("numbers of 0 or more", "clip(lower=0)", "not:1e+100")),
    "far too many lines": (
        b"id,y\n" + b"1,0.5\n" * 3_000,
        key_of,
        ("Rows in the file: 3,000, expected: 12", "not:1,024"),
    ),
    "NUL padding": (
        GOOD + b"\0" * 40,
        key_of,
        ("ends in 40 NUL bytes", "cut off while it was written", "not:(line"),
    ),
    "NULs in one line": (a_file("1,0\0\0\0"), key_of, ("3 NUL bytes", "(line 2)")),
    "JSON": (b'{"1": 0.5}', key_of, ("looks like JSON (a notebook?)",)),
    "a notebook": (NOTEBOOK, key_of, ("looks like a notebook",)),
    "a page": (b"<!DOCTYPE html><html>", key_of, ("looks like a web page",)),
    "cut inside a character": (a_file("1,\u96f6", good=False)[:-2], key_of, ("stops inside a character",)),
    "a header in Big5": (
        a_file(header="\u7de8,y").decode().encode("big5"),
        key_of,
        ("not UTF-8 text", "0xbd"),
    ),
    "a printed minus": (
        a_file("1,\u22120.5"),
        key_of,
        ("U+2212, MINUS SIGN", "replace('\u2212', '-')"),
    ),
    "decimal commas in quotes": (a_file('1,"0,5"', '2,"-1,25"'), key_of, ("decimal='.'", "not:thousands")),
    "thousands": (a_file('1,"1,234.5"'), key_of, ("no thousands separators",)),
    "decimal commas": (a_file("1,0,5", "2,1,25"), key_of, ("If these are decimal commas",)),
    "percent": (a_file("1,50 %", "2,7 %"), key_of, ("0.5 for 50 %", "/ 100")),
    "tensors with a device": (a_file("1,\"tensor(0.5, device='cuda:0')\""), key_of, ("p.item()",)),
    "slips of two kinds": (a_file("1,50 %", "2,True"), key_of, ("a dot for decimals", "not:/ 100")),
    "a long field of blanks": (a_file("1,1" + " " * 60_000 + "x"), key_of, ("a dot for decimals",)),
    "a Cyrillic letter in the header": (
        a_file(header="\u0456d,y"),
        key_of,
        ("UKRAINIAN I (U+0456)", "{'\\u0456d': 'id'}", "not:Remove"),
    ),
    "Cyrillic letters in all names": (a_file(header="\u0456d,\u0443"), key_of, ("U+0456", "not:no header")),
    "a Cyrillic letter in the ids": (
        every(lambda n: f"\u0456mg_{int(n):04d}.jpg"),
        names,
        ("only looks like a Latin one", "'\\u0456mg_0001.jpg' is not 'img_0001.jpg'"),
    ),
    "Latin-1 names": (
        every(lambda n: f"Caf\u00e9_{n}").decode().encode("latin-1"),
        cafes,
        ("byte 0xe9", "(line 2)", "not:not in sample_submission.csv", "not:without a row"),
    ),
    "gzip of a zip": (
        gzip.compress(zipped("a.csv"), mtime=0),
        key_of,
        ("a gzip file with a zip archive", "not one in the other", "not:or gzip or zip of it"),
    ),
    "a zip of gzip": (zipped("a.gz", content=gzip.compress(GOOD, mtime=0)), key_of, ("a gzip file in it",)),
    "True for 1": (values(lambda n: "True"), labels, ("'True' is not the label '1'",)),
    "a float for 1": (values(lambda n: "1.0"), labels, ("'1.0' is not the label '1'", "not:'07'")),
    "NaN for 1": (values(lambda n: "nan"), labels, ("isna()",)),
    "a newline in an id": (rows('"1\n",0.5', *(f'"{n}",0.5' for n in IDS[1:])), key_of, ("'1\\n'", "not:\n")),
    "a short row": (a_file("3"), key_of, ("1 row has 1 field; 2 expected",)),
    "two names in another case": (a_file(header="ID,Y"), key_of, ("(line 1)",)),
    "three columns of zeros": (
        rows(*(f"{name},0,0,0" for name in IDS), header="id,cat,dog,owl"),
        shares,
        ("columns cat, dog, owl of a row", "not:owl, ..."),
    ),
    "csv.writer on Windows": (GOOD.replace(b"\n", b"\r\r\n"), key_of, ("newline=''", "not:without an id")),
    "curl -d": (GOOD.replace(b"\n", b""), key_of, ("no line ends", "curl --data-binary")),
    "a long file by curl -d": (GOOD.replace(b"\n", b"") + b"0,1" * 40_000, key_of, ("curl --data-binary",)),
    "a form": (FORM, key_of, ("multipart/form-data", "--data-binary", "not:no_header")),
    "a form in gzip": (gzip.compress(FORM, mtime=0), key_of, ("multipart/form-data",)),
    "an escaped quote": (a_file('1,"a \\" b \\" c"'), key_of, ("(line 2)", "not:2, 2")),
    UNKNOWN_LABEL: (values(lambda n: "0"), animals, ("does not know",)),
    "a column of two": (GOOD, two_columns, ("lacks column 'z'",)),
    "one column for two": (
        a_file(header="id,best"),
        two_columns,
        ("lacks columns 'y', 'z'", "not:predict_proba"),
    ),
    "one column for three shares": (
        a_file(header="id,best"),
        shares,
        ("all columns of predict_proba(X)",),
    ),
    "two columns under other names": (
        rows(*(f"{name},0.5,0.5" for name in IDS), header="id,class_0,class_1"),
        two_columns,
        ("df.rename(columns={'class_0': 'y', 'class_1': 'z'})",),
    ),
}
