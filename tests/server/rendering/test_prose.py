"""Text from staff on pages: formulas, pictures, code, headings, placeholders, and nothing that runs."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html as lxml_html

from server.web.rendering import formulas, prose
from server.web.rendering.formulas import formula

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "![x](//evil.example/x.png)",
    "![x](..%2f..%2fsign-out)",
    '![x" onerror="alert(1)](a.png)',
    '[x](https://a.example "<table><img src=x onerror=alert(1)>")',
    "[x](javascript:alert(1))",
    r"$\text{<img src=x onerror=alert(1)>}$",
    r"$\text{</math><script>alert(1)</script>}$",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\style{background:url(//evil.example)}{x}$",
    r"$\class{x}{y}$",
    "$&lt;script&gt;$",
    "{{ daily_limit }}",
    "`{{ daily_limit }}`",
    "```\n</code></pre><script>alert(1)</script>\n```",
]
PIECES = [
    "$",
    "$$",
    "\\",
    "{",
    "}",
    "<",
    ">",
    "&lt;",
    '"',
    "'",
    "|",
    "\n",
    "\n\n",
    "`",
    "[",
    "](",
    ")",
    "!",
    "x",
    " ",
    "\\frac",
    "\\text",
]


@given(text=st.lists(st.sampled_from([*HOSTILE, *PIECES]), max_size=12).map("".join))
@example(text="\n\n".join(HOSTILE))
def test_nothing_but_the_tags_and_attributes_of_prose_comes_out(text: str) -> None:
    shown = prose.prose(text, slug="tiny", values={"daily_limit": "<script>5</script>"})

    known_tags = prose.TAGS | formulas.TAGS
    for element in lxml_html.fragments_fromstring(f"<div>{shown}</div>")[0].iterdescendants():
        assert element.tag in known_tags
        known = prose.ATTRIBUTES.get(element.tag, set()) | {"class", "tabindex", "rel"}
        assert set(element.attrib) <= known
        assert re.match(
            r"/competitions/tiny/pictures/[^:?#]+$", element.get("src", "/competitions/tiny/pictures/x")
        )
        assert ".." not in element.get("src", "")
        assert not element.get("href", "").lower().startswith(("javascript:", "data:"))


def test_markdown_from_staff_is_made_safe() -> None:
    shown = prose.prose(
        "# Title\n\n<script>alert(1)</script> **bold** [bad](javascript:alert(1)) [good](https://example.org)\n\n"
        "| a | b |\n| --- | --: |\n| 1 | 2 |\n\n<img src=x onerror=alert(1)>"
    )

    assert "<h2>Title</h2>" in shown
    assert "<strong>bold</strong>" in shown
    assert '<a href="https://example.org" rel="noopener noreferrer nofollow">good</a>' in shown
    assert "<td>2</td>" in shown
    assert re.findall(r"<script|<img|href=\"javascript|style=", shown) == []


@pytest.mark.parametrize(
    ("source", "tags"),
    [
        (
            r"\mathrm{RMSE} = \sqrt{\frac{1}{n} \sum_{i=1}^{n} (\hat{y}_i - y_i)^2}",
            "msqrt mfrac msubsup mover",
        ),
        (r"\begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}", "mtable mtr mtd"),
        (r"\arg\max_\theta p(x \mid \theta)", "munder mi mo"),
        (r"\mathbf{W}^{\top}\!x + \lVert w \rVert_2", "msup msub"),
    ],
    ids=["root", "cases", "argmax", "norm"],
)
def test_a_formula_is_set_and_all_of_it_survives_the_cleaning(source: str, tags: str) -> None:
    inside = formula(source, is_block=True)

    shown = prose.prose(f"$$\n{source}\n$$")

    assert shown == f'<div class="formula" tabindex="0">{inside}</div>\n'
    assert all(f"<{tag}" in shown for tag in tags.split() if f"<{tag}" in inside)


@pytest.mark.parametrize(
    "source",
    [r"\nosuchcommand x", r"\frac{1}{", "x^", r"\begin{cases} 1", r"\left( x", "{" * 900, "x" * 3000],
    ids=["command", "brace", "power", "cases", "left", "deep", "long"],
)
def test_a_formula_that_cannot_be_read_shows_its_source(source: str) -> None:
    assert prose.prose(f"Before ${source}$ after.") == f"<p>Before <code>${source}$</code> after.</p>\n"


@given(text=st.text(st.sampled_from("\\{}[]^_&$ %'x1<>\n") | st.characters(codec="utf-8"), max_size=40))
def test_no_text_breaks_the_page(text: str) -> None:
    prose.prose(f"${text}$ and {text}\n\n$$\n{text}\n$$")


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5.",
        "From $5 to $10.",
        "$5-$10, or US$20 and NT$600",
        "I have $20 in hand, you 30$ at home.",
        "$1,000 prize$",
        r"\$x\$",
    ],
)
def test_money_stays_money(text: str) -> None:
    assert prose.prose(text) == f"<p>{text.replace(chr(92), '')}</p>\n"


def test_a_picture_of_the_competition_is_shown_and_another_is_a_link() -> None:
    shown = prose.prose("![A *map*](pictures/map.png) ![Far](https://a.example/x.png)", slug="tiny")
    without_competition = prose.prose("![A map](pictures/map.png)")

    assert '<img src="/competitions/tiny/pictures/pictures/map.png" alt="A map" loading="lazy">' in shown
    assert '<a href="https://a.example/x.png" rel="noopener noreferrer nofollow">Far</a>' in shown
    assert "<img" not in without_competition


def test_a_line_that_ends_within_a_chinese_sentence_leaves_no_blank() -> None:
    assert prose.prose("連續三天\n的結果\n`x` in\ntwo *lines*\nhere\\\n") == (
        "<p>連續三天的結果\n<code>x</code> in\ntwo <em>lines</em>\nhere\\</p>\n"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*帳號*\n頁", "帳號頁"),
        ("見\n**規則**。", "見規則。"),
        ("（見[說明](/help)）\n的頁", "（見說明）的頁"),
        ("`cpu`\n的頁", "cpu\n的頁"),
        ("*one*\ntwo", "one\ntwo"),
    ],
)
def test_a_line_that_ends_at_emphasis_or_a_link_leaves_a_blank_between_words_alone(
    text: str, shown: str
) -> None:
    assert lxml_html.fromstring(prose.prose(text)).text_content().strip() == shown


def test_headings_follow_each_other_without_a_gap() -> None:
    shown = prose.prose("### First\n\n##### Below\n\n# Outer\n\n## Inner\n\n#### Deep", level=3)

    assert re.findall(r"<h(\d)>", shown) == ["3", "4", "3", "4", "5"]


def test_code_and_tables_can_be_scrolled_by_keys() -> None:
    shown = prose.prose("```python\nx = 1\n```\n\n    y = 2\n\n| a |\n| - |\n| 1 |")

    assert shown.count('<div class="code"><pre tabindex="0"><code>') == 2
    assert '<div class="scroll" tabindex="0"><table>' in shown


def test_placeholders_are_filled_but_not_in_code() -> None:
    text = "{{ daily_limit }}, {{daily_limit}}, {{ nothing }}, `{{ daily_limit }}`"

    shown = prose.prose(text, values={"daily_limit": "5"})

    assert shown == "<p>5, 5, {{ nothing }}, <code>{{ daily_limit }}</code></p>\n"
