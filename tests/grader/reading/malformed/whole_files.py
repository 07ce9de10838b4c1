"""Files that are no CSV, or whose header or shape is wrong."""

import gzip
import io
import json
import zipfile

from tests.grader.reading.malformed.entry import IDS, Entry, a_file, every, names, rows, two_columns


def zipped() -> bytes:
    """pred.csv in a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("pred.csv", a_file())
    return buffer.getvalue()


GOOD = a_file()
TEXT = GOOD.decode()
ROWS = TEXT.splitlines()[1:]
PACKED = gzip.compress(GOOD, mtime=0)

NO_CSV = [
    Entry("nothing at all", b"", ("empty_file",), ("empty",)),
    Entry("a byte order mark and nothing", b"\xef\xbb\xbf", ("empty_file",), ("empty",)),
    Entry("blank lines", b"\n\n\n", ("empty_file",), ("empty",)),
    Entry("blanks", b"    \n  \t ", ("empty_file",), ("empty",)),
    Entry("gzip of nothing", gzip.compress(b"", mtime=0), ("empty_file",), ("empty",)),
    Entry("a zip named .csv", zipped(), ("not_csv",), ("zip archive", "Upload the CSV")),
    Entry("an Excel workbook named .csv", b"PK\x03\x04\x14\x00xl/workbook.xml", ("not_csv",), (".xlsx",)),
    Entry("an old Excel file", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", ("not_csv",), ("Excel",)),
    Entry("a PNG named .csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ("not_csv",), ("PNG picture",)),
    Entry("a JPEG named .csv", b"\xff\xd8\xff\xe0\x00\x10JFIF", ("not_csv",), ("JPEG",)),
    Entry("a PDF named .csv", b"%PDF-1.7\n%....", ("not_csv",), ("PDF",)),
    Entry("a pickle named .csv", b"\x80\x04\x95\x10\x00....", ("not_csv",), ("pickle",)),
    Entry("a NumPy file named .csv", b"\x93NUMPY\x01\x00v\x00{", ("not_csv",), (".npy",)),
    Entry("a Parquet file named .csv", b"PAR1\x15\x04\x15\x10", ("not_csv",), ("Parquet",)),
    Entry("a Feather file named .csv", b"ARROW1\x00\x00", ("not_csv",), ("Arrow",)),
    Entry("an HDF5 model named .csv", b"\x89HDF\r\n\x1a\n....", ("not_csv",), ("HDF5",)),
    Entry("an SQLite database", b"SQLite format 3\x00....", ("not_csv",), ("SQLite",)),
    Entry("bzip2", b"BZh91AY&SY....", ("not_csv",), ("bzip2",)),
    Entry("xz", b"\xfd7zXZ\x00....", ("not_csv",), ("xz",)),
    Entry("Zstandard", b"\x28\xb5\x2f\xfd....", ("not_csv",), ("Zstandard",)),
    Entry("7-Zip", b"7z\xbc\xaf\x27\x1c....", ("not_csv",), ("7-Zip",)),
    Entry("gzip twice", gzip.compress(PACKED, mtime=0), ("not_csv",), ("gzip of a gzip",)),
    Entry("gzip cut short", PACKED[:-9], ("damaged_gzip",), ("damaged",)),
    Entry("gzip with more behind it", PACKED + b"more", ("damaged_gzip",), ("damaged",)),
    Entry("gzip in name only", b"\x1f\x8b\x08garbage", ("damaged_gzip",), ("damaged",)),
    Entry("UTF-16 with a mark", TEXT.encode("utf-16"), ("not_utf8",), ("UTF-16", "utf-8")),
    Entry("UTF-16 little-endian", TEXT.encode("utf-16-le"), ("not_utf8",), ("UTF-16",)),
    Entry("UTF-16 big-endian", TEXT.encode("utf-16-be"), ("not_utf8",), ("UTF-16",)),
    Entry("UTF-32", TEXT.encode("utf-32"), ("not_utf8",), ("UTF-16",)),
    Entry("Latin-1", a_file("1,é").decode().encode("latin-1"), ("not_a_number", "not_utf8"), ("0xe9",)),
    Entry("Big5", a_file("1,零").decode().encode("big5"), ("not_a_number", "not_utf8"), ("UTF-8",)),
    Entry("JSON", json.dumps(dict.fromkeys(IDS, 0.5)).encode(), ("no_header",), ("not the header",)),
    Entry(
        "a web page", b"<!DOCTYPE html>\n<html><body>404</body></html>\n", ("no_header",), ("not the header",)
    ),
    Entry("Python code", b"import pandas as pd\ndf = pd.read_csv('x')\n", ("no_header",), ("to_csv",)),
]

HEADERS = [
    Entry("a header and nothing", b"id,y\n", ("no_rows",), ("no rows",)),
    Entry("a header without a line end", b"id,y", ("no_rows",), ("no rows",)),
    Entry("no header", ("\n".join(ROWS) + "\n").encode(), ("no_header",), ("not the header", "id,y")),
    Entry(
        "pandas' index",
        rows(*(f"{n},{row}" for n, row in enumerate(ROWS)), header=",id,y"),
        ("extra_column",),
        ("pandas' index", "index=False"),
    ),
    Entry(
        "pandas' index, read back",
        rows(*(f"{n},{row}" for n, row in enumerate(ROWS)), header="Unnamed: 0,id,y"),
        ("extra_column",),
        ("pandas' index",),
    ),
    Entry(
        "an index without a name in the header",
        rows(*(f"{n},{row}" for n, row in enumerate(ROWS))),
        ("missing_id", "wrong_field_count"),
        ("3 fields; 2 expected",),
    ),
    Entry("semicolons", TEXT.replace(",", ";").encode(), ("wrong_separator",), ("semicolons", "sep=','")),
    Entry("tabs", TEXT.replace(",", "\t").encode(), ("wrong_separator",), ("tabs",)),
    Entry("blanks between columns", TEXT.replace(",", " ").encode(), ("no_header",), ("id,y",)),
    Entry("a header in capitals", a_file(header="ID,Y"), ("misspelt_column",), ("'ID'", "rename")),
    Entry("one name in another case", a_file(header="id,Y"), ("misspelt_column",), ("'Y'", "'y'")),
    Entry("a blank after the comma", a_file(header="id, y"), ("misspelt_column",), ("' y'",)),
    Entry(
        "another name",
        a_file(header="id,prediction"),
        ("extra_column", "missing_column"),
        ("'prediction'", "'y'"),
    ),
    Entry("another id", a_file(header="Id_,y"), ("extra_column", "missing_column"), ("'Id_'", "'id'")),
    Entry(
        "a repeated column",
        rows(*(f"{row},1" for row in ROWS), header="id,y,y"),
        ("repeated_column",),
        ("more than once",),
    ),
    Entry(
        "a further column", rows(*(f"{row},1" for row in ROWS), header="id,y,z"), ("extra_column",), ("'z'",)
    ),
    Entry(
        "Usage too",
        rows(*(f"{row},Public" for row in ROWS), header="id,y,Usage"),
        ("extra_column",),
        ("'Usage'",),
    ),
    Entry("only the ids", rows(*IDS, header="id"), ("missing_column",), ("'y'",)),
    Entry("a column of two is missing", a_file(), ("missing_column",), ("'z'",), two_columns),
    Entry("a comma at the end of the header", a_file(header="id,y,"), ("extra_column",), ("index=False",)),
    Entry("quotes of another kind", a_file(header="'id','y'"), ("no_header",), ("id,y",)),
    Entry("a stray quote in the header", a_file(header='id,"y'), ("stray_quote",), ("header",)),
    Entry("a comment before the header", b"# my best model\n" + GOOD, ("no_header",), ("my best model",)),
    Entry("a blank line before the header", b"\n" + GOOD, ("no_header",), ("not the header",)),
    Entry("the title of a notebook", b"Submission\n" + GOOD, ("no_header",), ("Submission",)),
]

SHAPES = [
    Entry("a field too many", a_file("3,0.5,7"), ("wrong_field_count",), ("1 row has 3 fields",)),
    Entry("a field too few", a_file("3"), ("wrong_field_count",), ("1 row has 1 fields",)),
    Entry(
        "a comma at each line's end",
        rows(*(f"{row}," for row in ROWS)),
        ("wrong_field_count",),
        ("3 fields",),
    ),
    Entry("a decimal comma", a_file("3,0,5"), ("wrong_field_count",), ("in quotes",)),
    Entry("a decimal comma in quotes", a_file('3,"0,5"'), ("not_a_number",), ("a dot for decimals",)),
    Entry(
        "a blank line in the middle",
        a_file("1,0.5", "", "2,0.5"),
        ("blank_id",),
        ("blank",),
    ),
    Entry("a quote that opens", a_file('3,"0.5'), ("stray_quote",), ("quotation mark",)),
    Entry("a quote that closes", a_file('3,0.5"'), ("stray_quote",), ("quotation mark",)),
    Entry("a quoted id with more behind it", a_file('"3"x,0.5'), ("stray_quote",), ("quotation mark",)),
    Entry("a NUL", a_file("3,0.5\0"), ("not_a_number", "nul_byte"), ("NUL",)),
    Entry("a line of 70 kB", a_file("3,0." + "0" * 70_000), ("line_too_long",), ("65,536",)),
    Entry("a footer", GOOD + b"12 rows in total\n", ("wrong_field_count",), ("1 row has 1 fields",)),
    Entry("the header twice", GOOD + b"id,y\n", ("not_a_number", "unknown_id"), ("'y'",)),
    Entry(
        "two files in one", GOOD + GOOD, ("not_a_number", "repeated_id", "unknown_id"), ("drop_duplicates",)
    ),
    Entry(
        "cut in the middle", GOOD[: len(GOOD) // 2], ("missing_id",), ("fewer than sample_submission.csv",)
    ),
    Entry(
        "file names where numbers were wanted",
        every(lambda n: f"img_{int(n):04d}.jpg", "cat"),
        ("not_a_number",),
        ("such as 0.5",),
        names,
    ),
]
ENTRIES = [*NO_CSV, *HEADERS, *SHAPES]
