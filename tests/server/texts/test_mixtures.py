"""Lines of one file in another encoding than the rest are told from names that are merely rare."""

import random

import pytest

from server.domain.texts.evidence import is_natural
from server.domain.texts.mixtures import SURNAMES, other_reading
from server.domain.texts.surnames import KOREAN
from tests.support.spoiled_names import SIMPLIFIED, TRADITIONAL, Language, draw_people

LASTS = ("渡辺", "佐々木", "石田", "山口", "長谷川", "久保", "工藤", "新井", "川上", "谷口")
FIRSTS = ("さくら", "直樹", "大輔", "太郎", "真由美", "翔太")
GIVEN = ("서민", "동재", "태동", "승준", "숙", "별솔", "은혁", "정현", "민")
KOREAN_NAMES = ("김철수", "박영희", "이민수")


def names_of(language: Language) -> list[str]:
    return [person.name for person in draw_people(random.Random(7), language, 300, numbers="digits")]


def pasted(names: list[str], *, written: str, read: str) -> list[str]:
    """The names as they read in the wrong encoding, without those that are no names of any kind there."""
    texts = [name.encode(written, errors="ignore").decode(read, errors="replace") for name in names]
    return [text for text in texts if is_natural(text) and not text.isascii()]


@pytest.mark.parametrize(
    ("language", "written", "read"),
    [(SIMPLIFIED, "gb18030", "cp950"), (TRADITIONAL, "cp950", "gb18030")],
    ids=["GBK in Big5", "Big5 in GBK"],
)
def test_a_pasted_line_of_the_other_chinese_encoding_is_seen(
    language: Language, written: str, read: str
) -> None:
    lines = pasted(names_of(language), written=written, read=read)

    seen = [other_reading([line], codec=read) for line in lines]

    assert len(lines) > 50
    assert {other and other.codec for other in seen} == {written}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("euc_jp", "cp950"),
        ("euc_jp", "gb18030"),
        ("cp932", "gb18030"),
        ("euc_jp", "cp949"),
        ("cp932", "cp949"),
    ],
)
def test_a_pasted_japanese_line_is_seen(written: str, read: str) -> None:
    names = [f"{last}{between}{first}" for last in LASTS for first in FIRSTS for between in ("", " ")]
    lines = pasted(names, written=written, read=read)

    seen = [line for line in lines if other_reading([line], codec=read) is not None]

    assert len(seen) >= 0.8 * len(lines) > 0, set(lines) - set(seen)


def test_a_pasted_line_of_rare_letters_is_seen_though_nobody_knows_the_surname() -> None:
    line = "榊枝 優斗".encode("euc_jp").decode("cp950")

    assert other_reading([line], codec="cp950") is not None


def test_a_pasted_korean_line_is_seen() -> None:
    assert all(
        other_reading([line], codec="cp950") is not None
        for line in pasted(list(KOREAN_NAMES), written="cp949", read="cp950")
    )


@pytest.mark.parametrize("read", ["cp950", "gb18030"])
def test_a_pasted_korean_line_is_never_taken_for_chinese(read: str) -> None:
    names = [f"{last}{between}{first}" for last in KOREAN[:60] for first in GIVEN for between in ("", " ")]
    lines = pasted(names, written="cp949", read=read)

    seen = {line: other_reading([line], codec=read) for line in lines}

    others = {line: other for line, other in seen.items() if other is None or other.codec != "cp949"}
    assert len(lines) > 500
    # Of the file's own surnames' lines nobody can say more: 林 is one in GBK, and 주 in Korean.
    assert {line for line in others if not line.startswith(tuple(SURNAMES[read]))} == set()


@pytest.mark.parametrize(
    ("language", "codec"), [(TRADITIONAL, "cp950"), (SIMPLIFIED, "gb18030")], ids=["Big5", "GBK"]
)
def test_hardly_a_name_of_the_file_itself_is_doubted(language: Language, codec: str) -> None:
    doubted = [name for name in names_of(language) if other_reading([name], codec=codec) is not None]

    assert len(doubted) < 10


def test_a_department_in_the_line_speaks_for_it() -> None:
    assert other_reading(["燠濘"], codec="cp950") is not None
    assert other_reading(["燠濘", "資工系"], codec="cp950") is None
