"""What a crawl over pages may miss, a branch that nobody walks: no template and no script has a bare text."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

WEB = Path(__file__).resolve().parents[2] / "server" / "web"
TEMPLATES, STATIC = WEB / "templates", WEB / "static"
WHOLE = ("_macros.html", "base.html", "boards/*", "competitions/*", "errors/*", "submissions/*")
MARKED = {"_", "gettext", "ngettext"}
WORD = re.compile(r"[A-Za-z]{2,}")
READ_OUT = re.compile(r'\b(?:aria-label|title|placeholder|alt)="([^"]*)"')
PHRASE = re.compile(r"[A-Za-z]+,? [a-z]")  # two words, as in a sentence and not in a class or an address
# A tag at the end of a line takes the line's end with it, unless it says `+%}`; a tag at the beginning takes
# the blanks before it. Of two sentences so written the second begins right at the first one's full stop.
GLUED = re.compile(
    r"\{% endtrans %\}(?:\{% endif %\})?\n\s*(?:\{% (?:if [^%]*|trans[^%]*)%\}(?!<p|\n)|\{\{ _\()[^\n]*"
)
TERMS = {
    "Splitboard",
    "Ladder",
    "SHA",
    "splitboard",
    "submit",
    "verify",
    "receipt",
    "pred",
    "csv",
    "json",
    "file",
}


def templates() -> list[Path]:
    """The templates that are to have no text of their own."""
    return [path for pattern in WHOLE for path in sorted(TEMPLATES.glob(pattern))]


def bare_texts(source: str) -> Iterator[str]:
    """What a template says without marking it: between its tags, in attributes, in its expressions."""
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(source)  # noqa: S701  # renders nothing
    marked = {
        id(text)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in MARKED
        for text in call.find_all(nodes.Const)
    }
    for output in tree.find_all(nodes.Output):
        for text in output.find_all(nodes.Const):
            if id(text) not in marked and isinstance(text.value, str) and PHRASE.match(text.value):
                yield text.value
    html = "".join(text.data for text in tree.find_all(nodes.TemplateData))
    yield from READ_OUT.findall(html)
    yield from re.split(r"<[^>]*>", re.sub(r"<!doctype[^>]*>", "", html))


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_a_template_has_no_text_that_is_not_marked(path: Path) -> None:
    words = [WORD.findall(text) for text in bare_texts(path.read_text("utf-8"))]

    assert {word for each in words for word in each} - TERMS == set()


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_a_script_has_no_text_that_is_not_marked(path: Path) -> None:
    code = re.sub(r"^\s*//.*$|(?<=[;{}]) //.*$|/\*.*?\*/", "", path.read_text("utf-8"), flags=re.MULTILINE)
    code = re.sub(r'\b(?:closest|matches|querySelector(?:All)?)\("[^"]*"\)', "", code)  # elements, no words
    rest = re.sub(r'\bn?gettext\((?:"[^"]*",?\s*)+', "", code)

    texts = [text for pair in re.findall(r'"([^"\n]*)"|`([^`]*)`', rest) for text in pair]
    assert [text for text in texts if PHRASE.match(text)] == []


def test_a_sentence_keeps_its_blank_before_the_next_line() -> None:
    glued = {path.name: GLUED.findall(path.read_text("utf-8")) for path in sorted(TEMPLATES.rglob("*.html"))}

    assert {name: lines for name, lines in glued.items() if lines} == {}
