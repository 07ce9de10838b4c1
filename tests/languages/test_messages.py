"""Texts that remember their templates: English for programs, translated where they are shown."""

import ast
import copy
import json
import pickle
from pathlib import Path

import pytest
from babel.messages import Catalog
from hypothesis import given
from hypothesis import strategies as st

from grader.messages import COMMA, Counted, Message, Text, counted, joined, packed, restored, translated
from languages import extraction
from languages.catalogue import available, nearest, templates
from server.preferences import preferences

ROOT = Path(__file__).resolve().parents[2]
MARKS = {"Message": 1, "counted": 2}  # how many of the first arguments are templates


class Backwards:
    """A language in which every template reads [so]."""

    language = "xx"

    def gettext(self, message: str) -> str:
        return f"[{message}]"

    def ngettext(self, one: str, many: str, count: int) -> str:
        return f"[{one if count == 1 else many}]"


def texts() -> st.SearchStrategy[str]:
    """Plain words, and texts of every kind with texts within."""
    words = st.text(max_size=8)
    return st.recursive(
        words,
        lambda inner: st.one_of(
            inner.map(lambda value: Message("{value} is wrong.", value=value)),
            st.tuples(st.integers(0, 3), inner).map(
                lambda both: counted("{count} row: {what}", "{count:,} rows: {what}", both[0], what=both[1])
            ),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: joined(*parts, between=COMMA)),
        ),
        max_leaves=6,
    )


@given(texts())
def test_a_text_that_was_kept_reads_the_same_in_every_language(text: str) -> None:
    stored = json.loads(json.dumps(packed({"problems": [text]})))["problems"][0]
    for copied in (restored(stored), thawed(text), copy.deepcopy(text)):
        assert copied == text
        assert translated(copied, Backwards()) == translated(text, Backwards())


def thawed(text: str) -> str:
    """The text as a child process gets it."""
    copied: str = pickle.loads(pickle.dumps(text))  # noqa: S301  # our own bytes
    return copied


def test_values_are_translated_with_their_sentence_and_are_no_templates() -> None:
    inner = Message("a zip")
    text = Message("{name} is {kind}.", name="{kind}{0}", kind=inner)
    assert text == "{kind}{0} is a zip."
    assert translated(text, Backwards()) == "[{kind}{0} is [a zip].]"


def test_no_blank_stands_after_a_full_width_mark() -> None:
    chinese = templates("zh-TW")
    first = Message(
        "There is no language '{language}' here; there are {languages}.", language="x", languages="y"
    )
    assert "。現在" in translated(joined(first, Message("now")), chinese)


@pytest.mark.parametrize("folder", ["grader", "client", "server", "baselines"])
def test_a_template_is_a_literal_where_it_stands(folder: str) -> None:
    wrong = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        if path == ROOT / "grader/messages.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
                first = node.args[: MARKS[node.func.id]]
                if not all(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in first):
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not wrong


def test_the_catalogues_have_the_texts_of_the_code_and_no_others() -> None:
    code = {message.id for message in extraction.messages_in_code() if message.id}
    for language in available()[1:]:
        texts = {message.id for message in extraction.read(language) if message.id}
        assert not code - texts, "run `python -m languages update`, and translate these"
        assert not texts - code, "run `python -m languages update`"


def test_every_text_is_translated_with_the_fields_of_its_template() -> None:
    for language in available()[1:]:
        catalog: Catalog = extraction.read(language)
        assert extraction.untranslated(catalog) == []
        wrong = [message.id for message in catalog if message.id and not extraction.keeps_fields(message)]
        assert wrong == []


def test_chinese_addresses_everybody_in_one_way() -> None:
    chinese = [*(ROOT / "docs" / "zh-TW").glob("*.md"), ROOT / "README.zh-TW.md", extraction.po_file("zh-TW")]

    assert [path.name for path in chinese if "您" in path.read_text(encoding="utf-8")] == []
    assert len(chinese) > 3


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-TW"),
        ("en-GB,en;q=0.9,zh-TW;q=0.8", "en"),
        ("fr,zh-HK;q=0.5", "zh-TW"),
        ("en;q=0.4, zh;q=0.5", "zh-TW"),
        ("zh-TW;q=0, en;q=0.1", "en"),
        ("fr, de;q=0.5", None),
        ("*", None),
        ("zh-TW;q=x,,;;", None),
        ("", None),
    ],
)
def test_a_browser_is_answered_in_the_language_it_wants_most(header: str, language: str | None) -> None:
    assert nearest(preferences(header)) == language


def test_a_system_names_its_language_in_its_own_way() -> None:
    assert nearest(["zh_TW.UTF-8"]) == "zh-TW"
    assert nearest(["C"]) is None


def test_numbers_of_numpy_can_be_kept() -> None:
    numpy = pytest.importorskip("numpy")
    text = Message("{count:,} rows, {share:.1f}", count=numpy.int64(1200), share=numpy.float32(0.5))
    assert restored(json.loads(json.dumps(packed(text)))) == "1,200 rows, 0.5"
    assert isinstance(counted("{count} row", "{count} rows", 1), Counted | Text)
