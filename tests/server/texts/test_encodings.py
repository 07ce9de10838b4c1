"""Which encoding a file is in: what proves itself, what is beyond doubt, and what somebody must say."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import Invalid
from server.domain.texts.encodings import decode
from tests.support.spoiled_names import LANGUAGES, UNICODE, Language, draw_people

PAIRS = [(language, encoding) for language in LANGUAGES for encoding in (*UNICODE, *language.encodings)]
TITLES = frozenset({"學號", "姓名", "学号", "name", "名"})


def a_list(language: Language, seed: int, amount: int) -> str:
    people = draw_people(random.Random(seed), language, amount, numbers="letters")
    return "username,name\r\n" + "".join(f"{person.username},{person.name}\r\n" for person in people)


def reading_of(data: bytes) -> str:
    try:
        return decode(data, titles=TITLES).text
    except Invalid as refusal:
        return "a question" if "--encoding" in refusal.message else refusal.message


@given(st.sampled_from(PAIRS), st.integers(0, 10**6), st.integers(1, 12))
def test_a_list_in_any_encoding_reads_as_it_is_or_is_asked_about(
    pair: tuple[Language, str], seed: int, amount: int
) -> None:
    language, encoding = pair
    text = a_list(language, seed, amount)
    data = text.encode(encoding, errors="ignore")

    assert reading_of(data) in (data.decode(encoding).removeprefix("\ufeff"), "a question")


@pytest.mark.parametrize(
    ("names", "encoding"),
    [
        ("TomášŁukasik", "iso8859-2"),
        ("TomášŹrebak", "cp1250"),
        ("LukášŠimon", "iso8859-2"),
        ("KRÁĽŠIMON", "iso8859-2"),
        ("JOSÉŠimon", "cp1252"),
    ],
)
def test_two_names_without_a_space_between_them_are_not_taken_for_utf8(names: str, encoding: str) -> None:
    assert reading_of(f"username,name\nu1,{names}\n".encode(encoding)) == "a question"


def test_a_name_that_reads_like_a_title_in_a_wrong_encoding_proves_nothing() -> None:
    assert reading_of("username,last,first\nb1,靡,滿\nb2,志,席甄\n".encode("cp950")) == "a question"


def test_a_title_counts_below_a_heading_beside_another() -> None:
    text = "資料庫 2026,\n學號,姓名\nb1,鄺怡君\n"

    assert reading_of(text.encode("cp950")) == text


@pytest.mark.parametrize(
    "name", ["Zoë", "Öz Ünal", "Phạm", "Amy王", "Иван", "ИВАН Ли", "Ελένη", "דוד", "محمد"]
)
def test_a_single_name_in_utf8_needs_no_question(name: str) -> None:
    assert decode(f"username,name\nu1,{name}\n".encode(), titles=TITLES).encoding == "UTF-8"


@given(st.sampled_from(LANGUAGES), st.sampled_from(UNICODE), st.integers(0, 10**6))
def test_unicode_needs_no_question(language: Language, encoding: str, seed: int) -> None:
    text = a_list(language, seed, 5)

    assert decode(text.encode(encoding), titles=TITLES).text == text


@pytest.mark.parametrize(
    ("text", "encoding", "title"),
    [
        ("學號,姓名\n1,小明\n", "cp950", "Big5"),
        ("学号,姓名\n1,小明\n", "gbk", "GB18030 (GBK)"),
        ("username,name\na,陳怡君\nb,林志豪\nc,黃雅婷\n", "cp950", "Big5"),
        ("username,name\na,瑪麗‧陳\nb,林志豪\nc,黃雅婷\nd,王小明\ne,張三\n", "cp950", "Big5"),
        ("username,name\na,김철수\nb,박영희\nc,이민수\n", "euc-kr", "EUC-KR"),
        (
            "username,name\na,佐藤健\nb,鈴木 一郎\nc,田中さくら\nd,伊藤翔太\ne,山本美咲\n",
            "shift_jis",
            "Shift-JIS",
        ),
    ],
)
def test_a_list_of_names_that_can_be_nothing_else_is_read_and_its_encoding_told(
    text: str, encoding: str, title: str
) -> None:
    decoded = decode(text.encode(encoding), titles=TITLES)

    assert (decoded.text, decoded.encoding) == (text, title)


@pytest.mark.parametrize(
    ("text", "encoding", "offers"),
    [
        ("username,name\nu1,Hélène Durand\nu2,Noël\n", "cp1252", "'Hélène Durand' with --encoding cp1252"),
        ("username,name\nu1,TomášŁukasik\n", "iso8859-2", "'TomášŁukasik' with --encoding iso8859-2"),
        ("username,name\nu1,Bjørn Åkesson\n", "cp1252", "'Bjørn Åkesson' with --encoding cp1252"),
        ("username,name\ns1,王小明\ns2,李雷\n", "gbk", "'王小明' with --encoding gb18030"),
        ("username,name\ns1,王小明\n", "cp950", "'王小明' with --encoding cp950"),
        ("username,name\ns1,谢小\n", "gbk", "'谢小' with --encoding gb18030"),
        ("username,name\ns1,瑋\n", "cp950", "'瑋' with --encoding cp950"),
        ("username,name\ns1,瑋羅\n", "cp950", "'瑋羅' with --encoding cp950"),
        ("username,name\ns1,冉脾虱\n", "gbk", "'冉脾虱' with --encoding gb18030"),
        ("username,name\ns1,Иван\n", "cp1251", "'Иван' with --encoding cp1251"),
        ("username,name\ns1,สมชาย\n", "tis-620", "'สมชาย' with --encoding cp874"),
        ("username,name\ns1,Hélène\n", "mac_roman", "'Hélène' with --encoding mac-roman"),
        ("username,name\nu1,Иван Петров\n", "koi8_r", "another one if none is (utf-8, utf-16, big5"),
    ],
)
def test_what_cannot_be_told_is_asked_with_a_name_as_it_would_read(
    text: str, encoding: str, offers: str
) -> None:
    with pytest.raises(Invalid) as question:
        decode(text.encode(encoding), titles=TITLES)

    assert offers in question.value.message


@pytest.mark.parametrize(
    ("word", "codec"),
    [
        ("latin1", "cp1252"),
        ("Big5", "cp950"),
        ("GBK", "gb18030"),
        ("TIS-620", "cp874"),
        ("utf16", "utf-16-be"),
    ],
)
def test_an_encoding_that_is_said_is_obeyed_under_every_name(word: str, codec: str) -> None:
    text = {"cp1252": "Hélène", "cp874": "สมชาย"}.get(codec, "王小明")

    assert decode(f"name\n{text}\n".encode(codec), encoding=word).text == f"name\n{text}\n"


@pytest.mark.parametrize(
    ("data", "encoding", "says"),
    [
        (b"name\nAnn\n", "klingon", "is no encoding that is read here"),
        ("name\nHélène\n".encode("cp1252"), "utf-8", "line 2 has the byte 0xE9"),
        ("name\nAnn\n".encode("utf-8-sig"), "big5", "begins with the mark of UTF-8"),
        ("name\n王小明\n".encode("iso2022_jp"), None, "ISO-2022"),
        ("name\n王小明\n".encode()[:-2], None, "cut short: line 2"),
        (b"\x89PNG\r\n\x1a\n\xff\xff\xff", None, "CSV UTF-8"),
        ("name\nAnn\n".encode("utf-16-le")[:-1], None, "not in UTF-16"),
    ],
)
def test_bytes_that_are_not_what_they_should_be_are_refused(
    data: bytes, encoding: str | None, says: str
) -> None:
    with pytest.raises(Invalid, match=says):
        decode(data, encoding=encoding)
