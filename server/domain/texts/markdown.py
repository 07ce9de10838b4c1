"""The Markdown that staff write, parsed in one way for pages, mails and the import of a homework.

On top of CommonMark: tables, strikethrough, formulas as `$...$` and `$$...$$`, and placeholders such as
`{{ daily_limit }}`. HTML stays text. Nothing stands for itself inside code.
"""

import re
from collections.abc import Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

PLACEHOLDER = re.compile(r"\{\{ *([a-z][a-z0-9_]*) *\}\}")
FORMULAS = {"math_inline", "math_inline_double", "math_block"}


@cache
def parser() -> MarkdownIt:
    """The parser; its tokens include those of FORMULAS and "placeholder", whose content is a name."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # With these settings "$5", "$5 and $6" and "$5-$6" are money.
    markdown.use(
        dollarmath_plugin,
        allow_labels=False,
        allow_space=False,
        allow_digits=False,
        allow_blank_lines=False,
        double_inline=True,
    )
    markdown.inline.ruler.before("escape", "placeholder", _placeholder)
    return markdown


def _placeholder(state: StateInline, silent: bool) -> bool:
    match = PLACEHOLDER.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        token = state.push("placeholder", "", 0)
        token.content, token.markup = match[1], match[0]
    state.pos = match.end()
    return True


def flat(tokens: list[Token]) -> Iterator[Token]:
    """Each token, and those inside of it after it."""
    for token in tokens:
        yield token
        yield from flat(token.children or [])


def placeholders(markdown: str) -> list[str]:
    """The names between double braces, in their order, each once.

    >>> placeholders("{{ metric }}, {{metric}} and {{ daily_limit }}, not `{{ this }}`")
    ['metric', 'daily_limit']
    """
    tokens = flat(parser().parse(markdown))
    return list(dict.fromkeys(token.content for token in tokens if token.type == "placeholder"))
