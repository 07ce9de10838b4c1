"""What a person reads in a script or a notebook is translated; what runs is not."""

import json

import pytest

from languages.source_texts import notebook_in_language, paragraphs_in_language, script_in_language

CHINESE = {
    "rows per step": "每一步的列數",
    "What it does.": "用途。",
    "It says so\nin two lines.": "它分兩行\n這麼說。",
    'One "thing".': '一件"事"。',
    '"No answer from {SERVER}: {reason}. Try again."': '"{SERVER} 沒有回應：{reason}。請再試。"',
    '"none yet"': '"還沒有"',
    '"public score"': '"公開分數"',
    "public score": "公開分數",
    "Above.\nAnd below.": "上面。\n和下面。",
}


def translate(text: str) -> str:
    """The text in Chinese, as a catalogue gives it."""
    return CHINESE.get(text, text)


@pytest.mark.parametrize(
    ("code", "chinese"),
    [
        ('x["名"] = ROWS = 1  # rows per step', 'x["名"] = ROWS = 1  # 每一步的列數'),
        ("ROWS = 1  # (rows, 3)", "ROWS = 1  # (rows, 3)"),
        ("    # Above.\n    # And below.\n".replace("    ", ""), "# 上面。\n# 和下面。\n"),
        ("if x:\n    # Above.\n    # And below.\n    y()", "if x:\n    # 上面。\n    # 和下面。\n    y()"),
        ('x = {"名字": "none yet"}', 'x = {"名字": "還沒有"}'),
        (
            'x = f"No answer from {SERVER}: {reason}. Try again."',
            'x = f"{SERVER} 沒有回應：{reason}。請再試。"',
        ),
        ('x = (\n    f"No answer from {SERVER}: "\n    f"{reason}. Try again."\n)', None),
        ('row["score"]  # 分', 'row["score"]  # 分'),
        ("!pip install x  # rows per step", "!pip install x  # rows per step"),
        ("x = 1  # rows per step\r\n", "x = 1  # rows per step\r\n"),
    ],
    ids=[
        "after-wide-letters",
        "shape",
        "lines-of-comments",
        "in-a-block",
        "sentence",
        "f-string",
        "of-two-parts",
        "key",
        "no-python",
        "other-line-ends",
    ],
)
def test_a_script_reads_chinese_where_people_read_it(code: str, chinese: str | None) -> None:
    if chinese is None:
        chinese = 'x = (\n    f"{SERVER} 沒有回應：{reason}。請再試。"\n)'
    assert script_in_language(code, translate) == chinese


def test_a_docstring_is_translated_by_paragraphs_in_its_place() -> None:
    code = 'def f():\n    """What it does.\n\n    It says so\n    in two lines.\n    """\n    return 1\n'

    assert script_in_language(code, translate) == (
        'def f():\n    """用途。\n\n    它分兩行\n    這麼說。\n    """\n    return 1\n'
    )


def test_quotation_marks_in_a_docstring_do_not_end_it() -> None:
    chinese = script_in_language("class C:\n    'One \"thing\".'\n", translate)

    names: dict[str, type] = {}
    exec(chinese, names)  # noqa: S102  # of this test
    assert names["C"].__doc__ == '一件"事"。'


def test_a_column_that_is_named_like_a_page_s_text_keeps_its_name() -> None:
    catalogue = {"public score": "公開分數", "Final selection": "最終選擇"}
    code = 'x = rows["public score"] + rows["Final selection"]'

    assert script_in_language(code, lambda text: catalogue.get(text, text)) == code


def test_a_notebook_keeps_all_but_its_texts() -> None:
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["What it does.\n", "\n", "Other."]},
        {"cell_type": "code", "id": "b", "outputs": [], "source": ["ROWS = 1  # rows per step"]},
    ]

    chinese = json.loads(notebook_in_language(json.dumps({"cells": cells, "nbformat": 4}), translate))

    assert chinese["nbformat"] == 4
    assert [cell["source"] for cell in chinese["cells"]] == [
        ["用途。\n", "\n", "Other."],
        ["ROWS = 1  # 每一步的列數"],
    ]
    assert [{**cell, "source": None} for cell in chinese["cells"]] == [
        {**cell, "source": None} for cell in cells
    ]


def test_what_the_catalogue_lacks_stays_as_it_is() -> None:
    text = "# Nobody translated this.\n\n\nOr that.\n"

    assert paragraphs_in_language(text, translate) == text
    assert script_in_language('x = "Nobody did."  # at all\n', translate) == 'x = "Nobody did."  # at all\n'
