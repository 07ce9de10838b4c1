"""Every homework's starter reads Chinese for who reads Chinese, and runs the same code."""

import ast
import json
import re

import pytest

from baselines.homework import HOMEWORKS, homework_named, homework_names
from baselines.starter import cells, notebook_of, script_of
from baselines.starter_texts import of_all, of_homework
from languages.catalogue import templates
from languages.source_texts import notebook_in_language, paragraphs_in_language, script_in_language

ENGLISH_PROSE = re.compile(r"[A-Za-z]{2,}[,:;]? [a-z]{2,} [a-z]{2,}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NO_PROSE = ("# HW", "    pip install ")  # a title is the course's own


def texts_of(script: str) -> list[str]:
    """What a person reads in a script."""
    texts: list[str] = []

    def keep(text: str) -> str:
        texts.append(text)
        return text

    assert script_in_language(script, keep) == script
    return texts


class Blank(ast.NodeTransformer):
    """Code without its sentences; of a sentence with fields only those are left."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Any string that may be a sentence is the empty one."""
        if isinstance(node.value, str) and (" " in node.value or CHINESE.search(node.value)):
            return ast.Constant("")
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """The fields of a sentence stand in another order in another language."""
        return ast.Constant(sorted(ast.unparse(each) for each in fields_of(node)))  # type: ignore[arg-type]


def fields_of(node: ast.JoinedStr) -> list[ast.FormattedValue]:
    """The fields of an f-string."""
    return [each for each in node.values if isinstance(each, ast.FormattedValue)]


def code_of(script: str) -> str:
    """What a script does, whatever it says."""
    return ast.dump(Blank().visit(ast.parse(script)))


@pytest.mark.parametrize("name", homework_names())
def test_a_chinese_starter_has_no_english_prose_and_the_same_code(name: str) -> None:
    starter = cells(homework_named(name))
    translate = templates("zh-TW").gettext
    english = script_of(starter)

    script = script_in_language(english, translate)
    notebook = json.loads(notebook_in_language(notebook_of(starter), translate))

    prose = [text for text in texts_of(script) if not text.startswith(NO_PROSE)]
    assert [text for text in prose if ENGLISH_PROSE.search(text)] == []
    assert [text for text in prose if not CHINESE.search(text) and not is_code(text)] == []
    assert code_of(script) == code_of(english)
    for cell, before in zip(notebook["cells"], starter, strict=True):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            assert code_of(source) == code_of(before.text)
            assert source in script
        else:
            assert source == paragraphs_in_language(before.text.strip("\n"), translate)


def is_code(text: str) -> bool:
    """Whether a string of the code that might be a sentence is none, such as an address."""
    return text.startswith('"') and " " not in text


def test_the_catalogues_have_common_texts_once_and_no_title() -> None:
    with (HOMEWORKS / "hw01_covid" / "simple.py").open("rb") as file:
        common, own = (
            [text for _, _, text, _ in texts(file, None, None, None)] for texts in (of_all, of_homework)
        )

    assert '"none yet"' in common
    assert "rows per step" in own
    assert not set(common) & set(own)
    assert not [text for text in common + own if text.startswith(NO_PROSE)]
