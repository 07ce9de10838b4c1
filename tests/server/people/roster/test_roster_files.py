"""Reading a roster file: whatever program wrote it, it is read as it is, or all its problems are listed."""

import pytest

from server.domain.errors import Invalid
from server.domain.people.roster.file import Roster, read_roster
from server.models import Role


def read(text: str) -> Roster:
    return read_roster(text.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp950"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_roster_is_read_in_every_usual_form(encoding: str, separator: str, line_end: str) -> None:
    lines = [["學號", "姓名", "系所", "班別", "角色"], ["00123", "王小明", "電機系", "1", "助教"]]
    text = line_end.join(separator.join(cells) for cells in lines)

    sheet = read_roster(text.encode(encoding))

    assert sheet.problems == ()
    row = sheet.rows[0]
    assert (row.username, row.student_number, row.name) == ("00123", "00123", "王小明")
    assert (row.department, row.section, row.role) == ("電機系", "1", Role.TA)


def test_a_canvas_gradebook_is_read_as_it_was_exported() -> None:
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section,HW1 (12)\n"
        "    Points Possible,,,,,10\n"
        '"Wang, Ming",481,="007",b12902001,ML-01,8\n'
        '"Student, Test",482,,,ML-01,\n'
    )

    sheet = read(text)

    assert sheet.problems == ()
    assert [(row.username, row.student_number, row.name, row.section) for row in sheet.rows] == [
        ("b12902001", "007", "Wang, Ming", "ML-01")
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("name,email\nA,a@b\n", "student number (學號). Found: name, email"),
        ("username,login\na,b\n", "'username' and 'login'"),
        ("username\n", "names nobody"),
        ("113-1 機器學習\n\n學號,姓名\nB1,王小明\n", "Line 3 names the columns"),
        ("PK\x03\x04\x14\x00", "no Excel workbook"),
        ("\n<html><table>", "a web page"),
        ('username,name\na,"open\n', "is no CSV"),
    ],
)
def test_a_file_that_is_no_roster_is_refused(text: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(text)

    assert says in refused.value.message


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Invalid, match="CSV UTF-8"):
        read_roster(b"\x89PNG\r\n\x1a\n\xff\xff\xff")


def test_a_line_of_another_encoding_is_asked_about_with_both_readings() -> None:
    data = "學號,姓名\n1,陳怡君\n2,林志豪\n3,黃雅婷\n".encode("cp950") + "4,李雷\n".encode("gbk")

    for encoding in (None, "big5"):
        (problem,) = read_roster(data, encoding=encoding).problems

        assert problem.is_doubt
        assert problem.line == 5
        assert "'燠濘' is '李雷' if this line alone is in GB18030 (GBK), and not in Big5" in problem.message


def test_an_address_in_full_width_letters_is_read_in_plain_ones() -> None:
    assert [row.email for row in read("username,email\nann,ａnn＠x.edu\n").rows] == ["ann@x.edu"]


def test_every_problem_is_named_with_its_line() -> None:
    text = (
        "username,student number,name,role\n"
        "ann,1,Ann,student\n"
        "ANN,2,Ann again,student\n"
        "bob,１,Bob,student\n"
        ",,Nobody,\n"
        "cat,3,Cat,king\n"
        "d d,4,Dot,\n"
        f"eve,{'9' * 61},Eve,\n"
        "fay,5,F\u202eay,\n"
    )

    problems = {problem.line: problem.message for problem in read(text).problems}

    assert set(problems) == {3, 4, 5, 6, 7, 8, 9}
    assert "line 2" in problems[3]
    assert "line 2" in problems[4]
    assert "king" in problems[6]
    assert "61 characters; 60 is the most" in problems[8]
    assert "U+202E RIGHT-TO-LEFT OVERRIDE at character 2" in problems[9]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("First Name,Last Name,SID,Email\nAnn,Doe,30001,ann@x.edu\n", "Ann Doe"),
        ("username,firstname,lastname\nming,小明,王\n", "王小明"),
        ("Last Name\tFirst Name\tUsername\n김\t철수\tkim\n", "김철수"),
        ("LastName,FirstName,ID,SIS User ID,SIS Login ID,Section\nDoe,,4,D1,doe,1\n", "Doe"),
        ("姓,名,學號\nO'Brien,Seán,B1\n", "Seán O'Brien"),
    ],
)
def test_a_name_in_two_columns_is_one_name_in_the_order_of_its_script(text: str, name: str) -> None:
    assert [row.name for row in read(text).rows] == [name]


@pytest.mark.parametrize(
    ("header", "line", "expected"),
    [
        ("學生學號,學生姓名,電子郵件地址", "B1,王小明,b1@x.edu", ("B1", "王小明", "b1@x.edu")),
        ("学生学号,学生姓名,邮箱", "B1,王小明,b1@x.edu", ("B1", "王小明", "b1@x.edu")),
        (
            "Matrikelnummer,Vorname,Nachname,E-Mail-Adresse",
            "7,Jürgen,Groß,j@x.edu",
            ("7", "Jürgen Groß", "j@x.edu"),
        ),
        ("Matrikel-Nr.;Name;Vorname", "7;Groß;Jürgen", ("7", "Jürgen Groß", None)),
        ("Matr.-Nr.,Name", "7,Jürgen Groß", ("7", "Jürgen Groß", None)),
        ("Numéro étudiant,Nom,Prénom,Courriel", "7,Durand,Zoé,z@x.edu", ("7", "Zoé Durand", "z@x.edu")),
        ("Matrícula,Nombre,Apellidos", "7,Ana,Ruiz", ("7", "Ana Ruiz", None)),
        ("Matricola,Nome,Cognome", "7,Ana,Riva", ("7", "Ana Riva", None)),
        ("Student No.,Student Name", "7,Ann Doe", ("7", "Ann Doe", None)),
        ("ID,SIS User ID,Student", "481,7,Ann Doe", ("7", "Ann Doe", None)),
        ("Name,First name,SID", "Ann Doe,Ann,7", ("7", "Ann Doe", None)),
        ("中文姓名,英文姓名,學號", "王小明,Ming Wang,7", ("7", "王小明", None)),
    ],
)
def test_titles_are_known_in_the_languages_of_lists(
    header: str, line: str, expected: tuple[str, str, str | None]
) -> None:
    (row,) = read(f"{header}\n{line}\n").rows

    assert (row.student_number, row.name, row.email) == expected


def test_what_was_understood_of_a_file_can_be_told() -> None:
    layout = read("sep=;\nFirst Name;SID;Status;Pronouns\nAnn;30001;Withdrawn;\n").layout

    assert (layout.encoding, layout.separator) == ("ASCII", "semicolons")
    assert layout.titles == {"first_name": "First Name", "student_number": "SID"}
    assert layout.unused == ("Status", "Pronouns")


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Student,ID,SIS User ID,SIS Login ID,Section,HW1 (12)", '"Student, Test"'),
        ("Student,ID,SIS User ID,SIS Login ID,Section,HW1 (12)", "Test Student"),
        ("Student,ID,SIS User ID,SIS Login ID,Section,HW1 (12)", "測試學生"),
        ("LastName,FirstName,ID,SIS User ID,SIS Login ID,Section,HW1 (12)", "Student,Test"),
    ],
)
def test_lines_of_a_gradebook_that_are_no_persons_are_left_out_and_said_so(header: str, name: str) -> None:
    blank = "," * (header.count(",") - 1)
    text = (
        f"{header}\n{blank},Manual Posting\n    Points Possible{blank},10.00\n"
        f"{name},9,,a1b2c3,ML 01,\n"
        + ("Doe,Ann" if "LastName" in header else '"Doe, Ann"')
        + ",1,D100,ann,1,5\n"
    )

    sheet = read(text)

    assert sheet.problems == ()
    assert [row.username for row in sheet.rows] == ["ann"]
    assert [remark.split()[1] for remark in sheet.layout.remarks] == ["2", "3", "4"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("චන්ද්\u200dරිකා", "චන්ද්\u200dරිකා"),
        ("Ann 👩🏽\u200d💻", "Ann 👩🏽\u200d💻"),
        ("\u202aAnn Lee\u202c\u200e", "Ann Lee"),
        ("Schif\u00adfer", "Schiffer"),
        ("\ufeff王小明\u200b", "王小明"),
    ],
)
def test_joiners_within_a_name_stay_and_marks_at_its_ends_go(written: str, name: str) -> None:
    sheet = read(f"username,name\nann,{written}\n")

    assert (sheet.problems, sheet.rows[0].name) == ((), name)


@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\u200d", "\u2060"])
def test_a_character_that_nobody_can_see_is_named_with_its_place(character: str) -> None:
    (problem,) = read(f"username,name\nann,An{character}n\n").problems

    assert f"U+{ord(character):04X}" in problem.message
    assert "at character 3" in problem.message


@pytest.mark.parametrize("cell", ["HÃ©lÃ¨ne", "鐜嬪皬", "王�", "?小明", "30001", "ann@x.edu", "HŽlŹne"])
def test_a_name_that_looks_spoiled_is_a_doubt(cell: str) -> None:
    (problem,) = read(f"username,name\nann,{cell}\n").problems

    assert (problem.line, problem.is_doubt) == (2, True)


@pytest.mark.parametrize(
    "cell", ["Hélène Lefèvre", "Żółkiewska", "Nguyễn Thị Hoa", "王小明", "O´Brien", "Şule Öz", "Ján Ďurčo"]
)
def test_a_name_with_many_marks_is_no_doubt(cell: str) -> None:
    assert read(f"username,name\nann,{cell}\n").problems == ()


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("ann,Doe, Ann,ann@x.edu", "4 fields here and 3 columns"),
        ("ann,Ann", "2 fields here and 3 columns"),
        ('ann,"Ann\nbob",b@x.edu', "a quotation mark may lack its end"),
        ("ann,#NAME?,ann@x.edu", "where it lost"),
        ("ann,Ann,c@x.edu; d@x.edu", "no mail address"),
        ("ann,Ann,d@[dept", "no mail address"),
        ("null,Ann,", "says 'none'"),
    ],
)
def test_a_line_that_may_have_shifted_or_lost_something_is_a_problem(row: str, says: str) -> None:
    problems = read(f"username,name,email\n{row}\n").problems

    assert says in problems[0].message


def test_a_word_for_nothing_is_no_number_and_no_address() -> None:
    sheet = read("username,name,student number,email\nann,Ann,N/A,NULL\nbob,Bob,null,-\n")

    assert sheet.problems == ()
    assert {(row.student_number, row.email) for row in sheet.rows} == {(None, None)}


def test_a_person_in_two_sections_is_listed_once_beside_the_problem() -> None:
    sheet = read("username,name,section\nann,Ann,1\nann,Ann,2\n")

    assert [row.line for row in sheet.rows] == [2]
    assert "Keep one line for each person" in sheet.problems[0].message


def test_leading_zeros_tell_numbers_apart_and_case_does_not() -> None:
    assert read("student number\n7\n007\n").problems == ()
    assert [problem.line for problem in read("student number\nb1\nB1\n").problems] == [3]


@pytest.mark.parametrize("section", ["甲", "乙", "一", "二", "A", "甲班"])
def test_a_section_of_one_letter_is_no_misread_text(section: str) -> None:
    sheet = read(f"學號\t姓名\t電子郵件\t班別\n007\t王小明\ta@x.edu\t{section}\n")

    assert (sheet.problems, sheet.rows[0].section) == ((), section)


def test_a_roster_of_gradescope_is_read_as_it_was_exported() -> None:
    text = (
        "First Name,Last Name,SID,Email,Sections,Role\r\n"
        "Wei,Ling,B01,wl@x.edu,1,Student\r\n"
        '小明,王,007,ming@x.edu,"1, 2",Student\r\n'
        "Ann,O'Neil,,ann@x.edu,1,Student\r\n"
    )

    for encoding in ("utf-8", "utf-16"):
        sheet = read_roster(text.encode(encoding))

        assert [(row.student_number, row.name, row.section) for row in sheet.rows] == [
            ("B01", "Wei Ling", "1"),
            ("007", "王小明", "1, 2"),
        ]
        assert [(each.line, each.message) for each in sheet.problems] == [
            (4, "Neither a user name nor a student number stands here.")
        ]
