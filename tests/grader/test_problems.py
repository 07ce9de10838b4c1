"""What a student reads about a file that is refused: every problem, how often, where, and what to do."""

import gzip
import io
import zipfile
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet
import pytest

from grader.answer_key import AnswerKey
from grader.errors import InvalidSubmission, Problem
from grader.grade import grade
from grader.spec import GradingSpec, Limits
from tests.grader.cases import written

IDS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]
SPEC = GradingSpec("rmse", "id", ("y",))


def key_of(spec: GradingSpec = SPEC, ids: list[str] = IDS, truth: str = "1", private: str = "0") -> AnswerKey:
    rows = [
        [name, *[truth if n % 3 else private] * len(spec.target_columns), "Private" if n % 2 else "Public"]
        for n, name in enumerate(ids)
    ]
    return AnswerKey.from_csv(written([["id", *spec.target_columns, "Usage"], *rows]), spec)


def problems_of(data: bytes, key: AnswerKey | None = None) -> dict[str, Problem]:
    with pytest.raises(InvalidSubmission) as caught:
        grade(data, key or key_of())
    found = {problem.code: problem for problem in caught.value.problems}
    assert len(found) == len(caught.value.problems)
    return found


def a_file(*rows: str, header: str = "id,y", good: bool = True) -> bytes:
    """These rows, and a good row for each id that they do not name."""
    named = {row.split(",")[0].strip('"') for row in rows}
    others = [f"{name},0.5" for name in IDS if good and name not in named]
    return "\n".join([header, *rows, *others, ""]).encode()


def test_all_problems_are_told_at_once_and_grouped_by_kind() -> None:
    data = a_file("1,", "2,abc", "3,nan", "4,1e400", "x,1", "1,0.5", "5,1,2", "6", ",1", "7, 1")

    found = problems_of(data)

    assert {code: (problem.count, problem.lines) for code, problem in found.items()} == {
        "wrong_field_count": (2, (8, 9)),
        "blank_id": (1, (10,)),
        "unknown_id": (1, (6,)),
        "repeated_id": (1, (7,)),
        "empty_value": (1, (2,)),
        "not_finite": (1, (4,)),
        "not_a_number": (2, (3, 11)),
        "out_of_range": (1, (5,)),
    }


def test_the_first_five_lines_are_named_and_all_are_counted() -> None:
    problem = problems_of(a_file(*(f"{name},?" for name in IDS)))["not_a_number"]

    assert problem.count == 12
    assert problem.lines == (2, 3, 4, 5, 6)
    assert problem.examples == tuple(f"id '{name}': '?'" for name in IDS[:5])


def test_a_repeated_id_is_named_with_its_line() -> None:
    problem = problems_of(a_file("1,0", "2,0", "1,0"))["repeated_id"]

    assert problem.lines == (4,)
    assert "'1', which stood on line 2 already" in problem.message


def test_missing_ids_are_named() -> None:
    problem = problems_of(a_file(*(f"{name},0" for name in IDS[:10]), good=False))["missing_id"]

    assert problem.count == 2
    assert problem.examples == ("'11'", "'12'")


def test_an_id_on_a_row_of_a_wrong_shape_is_not_called_missing_too() -> None:
    assert problems_of(a_file("1,2,3")).keys() == {"wrong_field_count"}


def test_a_blank_line_in_the_middle_is_named() -> None:
    problem = problems_of(a_file("1,0", "", "2,0"))["blank_id"]

    assert problem.lines == (3,)


def test_line_numbers_are_right_after_quoted_newlines() -> None:
    key = key_of(ids=["a\nb", "c", "d", "e", "f", "g"]) if False else key_of()

    found = problems_of(a_file('"1\n\n",0', "2,x"), key)

    assert found["unknown_id"].lines == (2,)
    assert found["not_a_number"].lines == (5,)


def test_line_numbers_are_right_with_every_line_end() -> None:
    for end in (b"\r\n", b"\r"):
        assert problems_of(a_file("1,0", "2,x").replace(b"\n", end))["not_a_number"].lines == (3,)


@pytest.mark.parametrize(("ids", "spell", "hint"), [
    (IDS, lambda x: x + ".0", "astype(int)"),
    ([f"{int(x):04d}" for x in IDS], lambda x: x.lstrip("0"), "leading zeros"),
    (IDS, lambda x: "000" + x, "Do not pad"),
    (IDS, lambda x: f" {x}", "blanks"),
    ([f"img{x}.jpg" for x in IDS], lambda x: f"test/{x}", "without its folder"),
    ([f"img{x}.jpg" for x in IDS], lambda x: x.upper(), "case"),
])
def test_the_likely_slip_behind_unknown_ids_is_named(ids: list[str], spell, hint: str) -> None:
    data = written([["id", "y"], *([spell(name), "0"] for name in ids)])

    assert hint in problems_of(data, key_of(ids=ids))["unknown_id"].hint


@pytest.mark.parametrize(("header", "codes", "hint"), [
    (",id,y", {"extra_column"}, "index=False"),
    ("Unnamed: 0,id,y", {"extra_column"}, "index=False"),
    ("id;y", {"wrong_separator"}, "sep=','"),
    ("id\ty", {"wrong_separator"}, "sep=','"),
    ("ID,y", {"misspelt_column"}, "'ID': 'id'"),
    ("id, y", {"misspelt_column"}, "' y': 'y'"),
    ("id,id,y", {"repeated_column"}, "Keep one"),
    ("id", {"missing_column"}, "sample_submission.csv"),
    ("id,z", {"missing_column", "extra_column"}, "sample_submission.csv"),
    ("1,0.5", {"no_header"}, "writes the header"),
    ("id,ID,y", {"extra_column"}, "Remove it"),
    ('"id,y', {"no_header"}, "header"),
    ("y" * 70_000, {"header_too_long"}, "sample_submission.csv"),
    ("y," * 1_000, {"header_too_long"}, "sample_submission.csv"),
])
def test_what_differs_in_the_header_is_told(header: str, codes: set[str], hint: str) -> None:
    found = problems_of(a_file(header=header))

    assert found.keys() == codes
    assert hint in " ".join(problem.hint for problem in found.values())
    assert all(problem.lines == (1,) for problem in found.values())


def as_parquet() -> bytes:
    buffer = io.BytesIO()
    pa.parquet.write_table(pa.table({"id": IDS, "y": [0.5] * 12}), buffer)
    return buffer.getvalue()


def as_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("pred.csv", a_file())
    return buffer.getvalue()


@pytest.mark.parametrize(("data", "code", "words"), [
    (b"", "empty_file", "empty"),
    (b"\xef\xbb\xbf", "empty_file", "empty"),
    (b" \n\n", "empty_file", "empty"),
    (gzip.compress(b""), "empty_file", "empty"),
    (a_file().decode().encode("utf-16"), "not_utf8", "UTF-16"),
    (a_file().decode().encode("utf-16-le"), "not_utf8", "UTF-16"),
    (a_file().decode().encode("utf-16-be"), "not_utf8", "UTF-16"),
    (as_zip(), "not_csv", "zip"),
    (as_parquet(), "not_csv", "Parquet"),
    (b"\x89PNG\r\n\x1a\n....", "not_csv", "PNG"),
    (b"%PDF-1.7 ....", "not_csv", "PDF"),
    (b"\x80\x04\x95....", "not_csv", "pickle"),
    (gzip.compress(gzip.compress(a_file())), "not_csv", "gzip of a gzip"),
    (gzip.compress(a_file())[:-9], "damaged_gzip", "damaged"),
    (gzip.compress(a_file()) + b"more", "damaged_gzip", "damaged"),
    (b"\x1f\x8b\x08garbage", "damaged_gzip", "damaged"),
    (gzip.compress(b"") * 2_000, "damaged_gzip", "damaged"),
    (b"id,y\n", "no_rows", "no rows"),
    (b"id,y", "no_rows", "no rows"),
    (b"id,y\n\n\n", "no_rows", "no rows"),
    (a_file("1,\xff".replace("\xff", "é")).replace("é".encode(), b"\xe9"), "not_utf8", "0xe9"),
    (a_file("1,0.5\0"), "nul_byte", "NUL"),
    (a_file("1,0." + "0" * 70_000), "line_too_long", "65,536"),
    (a_file('"1,0.5'), "stray_quote", "quotation mark"),
    (a_file('1,"0.5'), "stray_quote", "quotation mark"),
    (a_file('1,0.5"'), "stray_quote", "quotation mark"),
    (a_file('"1" ,0.5'), "stray_quote", "quotation mark"),
    (a_file('1,""0.5"'), "stray_quote", "quotation mark"),
])
def test_a_nasty_file_is_recognised_and_named(data: bytes, code: str, words: str) -> None:
    found = problems_of(data)

    assert code in found
    assert words in found[code].message


def with_limits(**caps: int) -> AnswerKey:
    key = key_of()
    return AnswerKey.from_csv(
        written([["id", "y", "Usage"], *([name, "1", "Private" if n % 2 else "Public"] for n, name in enumerate(IDS))]),
        replace(key.spec, limits=Limits(**caps)),
    )


def test_a_file_of_more_bytes_than_allowed_is_refused() -> None:
    assert problems_of(a_file() + b"13,1\n" * 99, with_limits(bytes=300)).keys() == {"file_too_large"}


def test_a_gzip_bomb_is_stopped_at_the_cap() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)

    assert problems_of(bomb, with_limits(unpacked_bytes=1_000_000)).keys() == {"file_too_large"}


def test_far_too_many_rows_are_not_even_listed() -> None:
    assert problems_of(a_file() + b"13,1\n" * 2_000).keys() == {"too_many_rows"}


def test_reading_stops_after_a_thousand_rows_of_a_wrong_shape() -> None:
    key = key_of(ids=[str(n) for n in range(3_000)])

    found = problems_of(written([["id", "y"], *([str(n)] for n in range(3_000))]), key)

    assert "1,000 rows have or more" in found["wrong_field_count"].message


def test_a_label_of_another_style_is_refused() -> None:
    key = key_of(GradingSpec("accuracy", "id", ("y",)))

    found = problems_of(a_file("1,1.0", "2,cat", "3,01"), key) if False else problems_of(
        written([["id", "y"], ["1", "1.0"], ["2", "cat"], ["3", "01"], *([n, "1"] for n in IDS[3:])]), key
    )

    assert found["not_a_whole_number"].count == 3
    assert "astype(int)" in found["not_a_whole_number"].hint


def test_a_label_that_staff_did_not_declare_is_refused() -> None:
    key = key_of(GradingSpec("accuracy", "id", ("y",), labels=("cat", "dog", "owl")), truth="cat", private="dog")
    rows = [["id", "y"], *([name, "owl"] for name in IDS[1:]), ["1", "Cat"]]

    found = problems_of(written(rows), key)

    assert found["unknown_label"].examples == ("id '1': 'Cat'",)
    assert "dog" not in str(found["unknown_label"])


@pytest.mark.parametrize("metric", ["accuracy", "f1_macro", "rmse", "mae"])
@pytest.mark.parametrize("fault", ["1,?", "x,1", "1,77", "1,", "1,cat", "1,nan", '1,"', "1,7,7"])
def test_no_problem_depends_on_the_private_targets(metric: str, fault: str) -> None:
    spec = GradingSpec(metric, "id", ("y",))
    files = []
    for private in ("5", "6"):
        usage = [["id", "y", "Usage"], *([n, private if int(n) % 2 else "4", "Private" if int(n) % 2 else "Public"] for n in IDS)]
        key_rows = [usage[0], *(row if row[2] == "Public" or int(row[0]) % 3 else [row[0], "4", row[2]] for row in usage[1:])]
        files.append(AnswerKey.from_csv(written(key_rows), spec))

    data = a_file(fault) if metric in ("rmse", "mae") else a_file(fault).replace(b"0.5", b"5")
    outcomes = []
    for key in files:
        try:
            outcomes.append(str(grade(data, key)))
        except InvalidSubmission as error:
            outcomes.append(str(error.problems))

    assert outcomes[0] == outcomes[1]


def test_a_problem_never_quotes_a_true_value() -> None:
    key = key_of(truth="123.456", private="654.321")

    found = problems_of(a_file("1,?", "x,1", "2,", "3,nan", "3,1"), key)

    assert not any(value in str(problem.as_dict()) for problem in found.values() for value in ("123.456", "654.321"))


def test_every_problem_says_what_to_do() -> None:
    for problem in problems_of(a_file("1,", "2,abc", "3,nan", "x,1", "1,0.5", "5,1,2", ",1")).values():
        assert problem.message.endswith(".")
        assert problem.hint.endswith((".", ")"))


def test_what_cannot_be_seen_is_written_as_an_escape_and_long_text_is_cut() -> None:
    found = problems_of(a_file("\u200b1,1", "x" * 500 + ",1"))

    assert found["unknown_id"].examples == ("'\\u200b1'", f"'{'x' * 60}...'")


def test_a_problem_becomes_plain_values() -> None:
    problem = Problem("code", "Message.", "Hint.", 7, (2, 3), ("'a'",))

    assert problem.as_dict() == {
        "code": "code", "message": "Message.", "hint": "Hint.", "count": 7, "lines": [2, 3], "examples": ["'a'"],
    }
    assert str(problem) == "Message. (line 2, 3, ...) Hint."
