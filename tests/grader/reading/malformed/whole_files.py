"""Files that are no CSV, or whose header or shape is wrong."""

import gzip
import io
import json
import zipfile

from tests.grader.reading.malformed.entry import IDS, MalformedFile, a_file, every, names, rows, two_columns


def zipped(*names: str, content: bytes | None = None) -> bytes:
    """A zip archive of these files, each a good one unless its content is given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, a_file() if content is None else content)
    return buffer.getvalue()


def with_bytes(data: bytes, *, at: int) -> bytes:
    """The data with the bits of one byte flipped."""
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def encrypted() -> bytes:
    """A zip archive whose directory says that the file is encrypted."""
    data = zipped("pred.csv")
    place = data.index(b"PK\x01\x02") + 8
    return data[:place] + b"\x01" + data[place + 1 :]


def other_method() -> bytes:
    """A zip archive packed with LZMA."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("pred.csv", a_file())
    return buffer.getvalue()


GOOD = a_file()
TEXT = GOOD.decode()
ROWS = TEXT.splitlines()[1:]
PACKED = gzip.compress(GOOD, mtime=0)

NO_CSV = [
    MalformedFile("nothing at all", b"", ("empty_file",), ("empty",)),
    MalformedFile("a byte order mark and nothing", b"\xef\xbb\xbf", ("empty_file",), ("empty",)),
    MalformedFile("blank lines", b"\n\n\n", ("empty_file",), ("empty",)),
    MalformedFile("blanks", b"    \n  \t ", ("empty_file",), ("empty",)),
    MalformedFile("gzip of nothing", gzip.compress(b"", mtime=0), ("empty_file",), ("empty",)),
    MalformedFile(
        "a zip of several",
        zipped("a.csv", "b.csv", "c.csv", "d.csv"),
        ("zip_of_several",),
        ("4 files: 'a.csv', 'b.csv', 'c.csv', ...", "alone"),
    ),
    MalformedFile("a zip of very many", zipped(*map(str, range(200))), ("zip_of_several",), ("very many",)),
    MalformedFile("an empty zip", zipped(), ("zip_of_several",), ("holds no file",)),
    MalformedFile("a zip of a folder", zipped("pred/"), ("zip_of_several",), ("holds no file",)),
    MalformedFile("a zip in a zip", zipped("a.zip", content=zipped("a.csv")), ("not_csv",), ("zip archive",)),
    MalformedFile("gzip in a zip", zipped("a.gz", content=PACKED), ("not_csv",), ("gzip",)),
    MalformedFile("a zip in gzip", gzip.compress(zipped("a.csv"), mtime=0), ("not_csv",), ("zip archive",)),
    MalformedFile("a zip of a notebook", zipped("a.ipynb", content=b'{"cells": 1}'), ("not_csv",), ("CSV",)),
    MalformedFile("a zip cut short", zipped("a.csv")[:-9], ("damaged_zip",), ("damaged",)),
    MalformedFile("a zip with a flaw", with_bytes(zipped("a.csv"), at=50), ("damaged_zip",), ("damaged",)),
    MalformedFile("a zip's beginning", b"PK\x03\x04garbage", ("damaged_zip",), ("damaged",)),
    MalformedFile("an encrypted zip", encrypted(), ("encrypted_zip",), ("encrypted", "password")),
    MalformedFile("a zip packed otherwise", other_method(), ("odd_zip",), ("deflate",)),
    MalformedFile(
        "an Excel workbook named .csv",
        zipped("[Content_Types].xml", "xl/workbook.xml"),
        ("not_csv",),
        (".xlsx", "CSV UTF-8"),
    ),
    MalformedFile("an old Excel file", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", ("not_csv",), ("Excel",)),
    MalformedFile("a PNG named .csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ("not_csv",), ("PNG picture",)),
    MalformedFile("a JPEG named .csv", b"\xff\xd8\xff\xe0\x00\x10JFIF", ("not_csv",), ("JPEG",)),
    MalformedFile("a PDF named .csv", b"%PDF-1.7\n%....", ("not_csv",), ("PDF",)),
    MalformedFile("a pickle named .csv", b"\x80\x04\x95\x10\x00....", ("not_csv",), ("pickle",)),
    MalformedFile("a NumPy file named .csv", b"\x93NUMPY\x01\x00v\x00{", ("not_csv",), (".npy",)),
    MalformedFile("a Parquet file named .csv", b"PAR1\x15\x04\x15\x10", ("not_csv",), ("Parquet",)),
    MalformedFile("a Feather file named .csv", b"ARROW1\x00\x00", ("not_csv",), ("Arrow",)),
    MalformedFile("an HDF5 model named .csv", b"\x89HDF\r\n\x1a\n....", ("not_csv",), ("HDF5",)),
    MalformedFile("an SQLite database", b"SQLite format 3\x00....", ("not_csv",), ("SQLite",)),
    MalformedFile("bzip2", b"BZh91AY&SY....", ("not_csv",), ("bzip2",)),
    MalformedFile("xz", b"\xfd7zXZ\x00....", ("not_csv",), ("xz",)),
    MalformedFile("Zstandard", b"\x28\xb5\x2f\xfd....", ("not_csv",), ("Zstandard",)),
    MalformedFile("7-Zip", b"7z\xbc\xaf\x27\x1c....", ("not_csv",), ("7-Zip",)),
    MalformedFile("gzip twice", gzip.compress(PACKED, mtime=0), ("not_csv",), ("with a gzip file", "once")),
    MalformedFile("gzip cut short", PACKED[:-9], ("damaged_gzip",), ("damaged",)),
    MalformedFile("gzip with more behind it", PACKED + b"more", ("damaged_gzip",), ("damaged",)),
    MalformedFile("gzip in name only", b"\x1f\x8b\x08garbage", ("damaged_gzip",), ("damaged",)),
    MalformedFile("UTF-16 with a mark", TEXT.encode("utf-16"), ("not_utf8",), ("UTF-16", "utf-8")),
    MalformedFile("UTF-16 little-endian", TEXT.encode("utf-16-le"), ("not_utf8",), ("UTF-16",)),
    MalformedFile("UTF-16 big-endian", TEXT.encode("utf-16-be"), ("not_utf8",), ("UTF-16",)),
    MalformedFile("UTF-32", TEXT.encode("utf-32"), ("not_utf8",), ("UTF-16",)),
    MalformedFile("Latin-1", a_file("1,é").decode().encode("latin-1"), ("not_utf8",), ("0xe9",)),
    MalformedFile("Big5", a_file("1,零").decode().encode("big5"), ("not_utf8",), ("UTF-8",)),
    MalformedFile("JSON", json.dumps(dict.fromkeys(IDS, 0.5)).encode(), ("not_csv",), ("looks like JSON",)),
    MalformedFile(
        "a web page", b"<!DOCTYPE html>\n<html><body>404</body></html>\n", ("not_csv",), ("web page",)
    ),
    MalformedFile(
        "Python code", b"import pandas as pd\ndf = pd.read_csv('x')\n", ("no_header",), ("to_csv",)
    ),
]

HEADERS = [
    MalformedFile("a header and nothing", b"id,y\n", ("no_rows",), ("no rows",)),
    MalformedFile("a header without a line end", b"id,y", ("no_rows",), ("no rows",)),
    MalformedFile("no header", ("\n".join(ROWS) + "\n").encode(), ("no_header",), ("not the header", "id,y")),
    MalformedFile(
        "pandas' index",
        rows(*(f"{n},{row}" for n, row in enumerate(ROWS)), header=",id,y"),
        ("extra_column",),
        ("pandas' index", "index=False"),
    ),
    MalformedFile(
        "pandas' index, read back",
        rows(*(f"{n},{row}" for n, row in enumerate(ROWS)), header="Unnamed: 0,id,y"),
        ("extra_column",),
        ("pandas' index",),
    ),
    MalformedFile(
        "an index without a name in the header",
        rows(*(f"{n},{row}" for n, row in enumerate(ROWS))),
        ("missing_id", "wrong_field_count"),
        ("3 fields; 2 expected",),
    ),
    MalformedFile(
        "semicolons", TEXT.replace(",", ";").encode(), ("wrong_separator",), ("semicolons", "sep=','")
    ),
    MalformedFile("tabs", TEXT.replace(",", "\t").encode(), ("wrong_separator",), ("tabs",)),
    MalformedFile(
        "blanks between columns", TEXT.replace(",", " ").encode(), ("wrong_separator",), ("blanks",)
    ),
    MalformedFile("a header in capitals", a_file(header="ID,Y"), ("misspelt_column",), ("'ID'", "rename")),
    MalformedFile("one name in another case", a_file(header="id,Y"), ("misspelt_column",), ("'Y'", "'y'")),
    MalformedFile("a blank after the comma", a_file(header="id, y"), ("misspelt_column",), ("' y'",)),
    MalformedFile(
        "another name",
        a_file(header="id,prediction"),
        ("misspelt_column",),
        ("'prediction'", "{'prediction': 'y'}"),
    ),
    MalformedFile("another id", a_file(header="Id_,y"), ("misspelt_column",), ("'Id_'", "'id'")),
    MalformedFile(
        "a repeated column",
        rows(*(f"{row},1" for row in ROWS), header="id,y,y"),
        ("repeated_column",),
        ("more than once",),
    ),
    MalformedFile(
        "a further column", rows(*(f"{row},1" for row in ROWS), header="id,y,z"), ("extra_column",), ("'z'",)
    ),
    MalformedFile(
        "Usage too",
        rows(*(f"{row},Public" for row in ROWS), header="id,y,Usage"),
        ("extra_column",),
        ("'Usage'",),
    ),
    MalformedFile("only the ids", rows(*IDS, header="id"), ("missing_column",), ("'y'",)),
    MalformedFile("a column of two is missing", a_file(), ("missing_column",), ("'z'",), two_columns),
    MalformedFile(
        "a comma at the end of the header",
        a_file(header="id,y,"),
        ("extra_column",),
        ("end no line in a comma",),
    ),
    MalformedFile("quotes of another kind", a_file(header="'id','y'"), ("misspelt_column",), ("'id'",)),
    MalformedFile("a stray quote in the header", a_file(header='id,"y'), ("stray_quote",), ("header",)),
    MalformedFile(
        "a comment before the header", b"# my best model\n" + GOOD, ("no_header",), ("my best model",)
    ),
    MalformedFile("a blank line before the header", b"\n" + GOOD, ("no_header",), ("empty line",)),
    MalformedFile("the title of a notebook", b"Submission\n" + GOOD, ("no_header",), ("Submission",)),
]

SHAPES = [
    MalformedFile("a field too many", a_file("3,0.5,7"), ("wrong_field_count",), ("1 row has 3 fields",)),
    MalformedFile("a field too few", a_file("3"), ("wrong_field_count",), ("1 row has 1 field;",)),
    MalformedFile(
        "a comma at each line's end",
        rows(*(f"{row}," for row in ROWS)),
        ("wrong_field_count",),
        ("3 fields",),
    ),
    MalformedFile("a decimal comma", a_file("3,0,5"), ("wrong_field_count",), ("in quotes",)),
    MalformedFile("a decimal comma in quotes", a_file('3,"0,5"'), ("not_a_number",), ("a dot for decimals",)),
    MalformedFile(
        "a blank line in the middle",
        a_file("1,0.5", "", "2,0.5"),
        ("blank_id",),
        ("blank",),
    ),
    MalformedFile("a quote that opens", a_file('3,"0.5'), ("stray_quote",), ("quotation mark",)),
    MalformedFile("a quote that closes", a_file('3,0.5"'), ("stray_quote",), ("quotation mark",)),
    MalformedFile(
        "a quoted id with more behind it", a_file('"3"x,0.5'), ("stray_quote",), ("quotation mark",)
    ),
    MalformedFile("a NUL", a_file("3,0.5\0"), ("nul_byte",), ("NUL",)),
    MalformedFile("a line of 70 kB", a_file("3,0." + "0" * 70_000), ("line_too_long",), ("65,536",)),
    MalformedFile("a footer", GOOD + b"12 rows in total\n", ("wrong_field_count",), ("1 row has 1 field;",)),
    MalformedFile("the header twice", GOOD + b"id,y\n", ("repeated_header",), ("(line 14)", "joined")),
    MalformedFile("two files in one", GOOD + GOOD, ("repeated_header", "repeated_id"), ("drop_duplicates",)),
    MalformedFile(
        "cut in the middle", GOOD[: len(GOOD) // 2], ("missing_id",), ("fewer than sample_submission.csv",)
    ),
    MalformedFile(
        "file names where numbers were wanted",
        every(lambda n: f"img_{int(n):04d}.jpg", "cat"),
        ("not_a_number",),
        ("such as 0.5",),
        names,
    ),
]
ENTRIES = [*NO_CSV, *HEADERS, *SHAPES]
