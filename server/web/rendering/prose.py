"""Text from staff as safe HTML: Markdown with formulas, pictures of the competition, and code to copy."""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any
from unicodedata import east_asian_width
from urllib.parse import quote, unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup, escape

from server.domain.texts import markdown
from server.web.rendering import formulas

NOTHING: Mapping[str, str] = MappingProxyType({})
TAGS = {
    *("p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote"),
    *("a", "hr", "br", "table", "thead", "tbody", "tr", "th", "td", "s", "img", "div"),
}
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "loading"},
    **dict.fromkeys(formulas.TAGS, formulas.ATTRIBUTES),
}
CLASSES = {"div": {"scroll", "code", "formula"}}  # boxes of ours; HTML that staff write stays text
KEYBOARD = {tag: {"tabindex": {"0"}} for tag in ("div", "pre")}  # what scrolls can be scrolled by keys
# A file's name within the competition; no scheme, no host, no step upwards, nothing that a query could hide.
FILE_NAME = re.compile(r"(?!/)(?!.*\.\.)[^:?#\\\x00-\x1f]+")
PICTURE = re.compile(r"/(competitions/[a-z0-9-]+|courses/[a-z0-9-]+/drafts/[0-9]+)/pictures/[^:?#\\]+")


def prose(
    text: str,
    *,
    slug: str = "",
    home: str = "",
    values: Mapping[str, str] = NOTHING,
    level: int = 2,
) -> Markup:
    """The Markdown `text` as HTML: no raw HTML, no foreign tags, no picture from elsewhere.

    slug: of the competition whose pictures may be shown; home: the address of a draft whose pictures are, in
    its place. values: of placeholders; one that is not there is shown as it is written. level: of the first
    heading; those below it follow without a gap.
    """
    own = home or (f"/competitions/{slug}" if slug else "")
    return _prose(text, own, tuple(values.items()), level)


def preview(*texts: Markup, languages: Sequence[str] = ()) -> Markup:
    """Texts as they will stand on their page, one below another, each in its language where that is given."""
    tags = [f' lang="{escape(code)}"' for code in languages] or [""] * len(texts)
    articles = [
        Markup('<div class="prose"{}>{}</div>').format(Markup(tag), text)  # noqa: S704  # escaped above
        for tag, text in zip(tags, texts, strict=True)
    ]
    return Markup("").join(articles)


@lru_cache(maxsize=128)
def _prose(text: str, home: str, values: tuple[tuple[str, str], ...], level: int) -> Markup:
    parser = _parser()
    tokens = parser.parse(text)
    _set_headings(tokens, level)
    html = parser.renderer.render(tokens, parser.options, {"home": home, "values": dict(values)})
    clean = nh3.clean(
        html,
        tags=TAGS | formulas.TAGS,
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        tag_attribute_values=KEYBOARD,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(clean)  # noqa: S704  # cleaned by nh3


def _attribute(tag: str, name: str, value: str) -> str | None:
    """The attribute's value, or None for a picture that is not the competition's own."""
    is_foreign = tag == "img" and name == "src" and not PICTURE.fullmatch(value)
    return None if is_foreign else value


def _set_headings(tokens: list[Token], level: int) -> None:
    """Let each heading be one level below the one it belongs to, however it was written."""
    above: list[int] = []
    for token in tokens:
        if token.type == "heading_open":
            written = int(token.tag[1])
            above = [each for each in above if each < written] + [written]
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, level + len(above) - 1)}"


@cache
def _parser() -> MarkdownIt:
    """The shared parser's rules with the renderers of pages."""
    parser = markdown.parser()
    for name, render in RENDERED.items():
        parser.add_render_rule(name, render)
    return parser


Environment = Mapping[str, Any]


def _placeholder(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Environment
) -> str:
    token = tokens[index]
    return escape(env["values"].get(token.content, token.markup))


def _inline_formula(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Environment
) -> str:
    return formulas.formula(tokens[index].content.strip(), is_block=False)


def _block_formula(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Environment
) -> str:
    set_formula = formulas.formula(tokens[index].content.strip(), is_block=True)
    return f'<div class="formula" tabindex="0">{set_formula}</div>\n'


def _formula_of_a_line(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Environment
) -> str:
    return formulas.formula(tokens[index].content.strip(), is_block=True)


def _code(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Environment
) -> str:
    """Code in a box, in which a script puts the button that copies it."""
    code = escape(tokens[index].content)
    return f'<div class="code"><pre tabindex="0"><code>{code}</code></pre></div>\n'


def _picture(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Environment
) -> str:
    """The competition's own picture; a link in the place of one from elsewhere, which no browser loads."""
    token = tokens[index]
    alt = self.renderInlineAsText(token.children or [], options, dict(env))
    address = str(token.attrGet("src") or "")
    name = unquote(address)
    title = token.attrGet("title")
    shown_title = f' title="{escape(title)}"' if title else ""
    if not env["home"] or not FILE_NAME.fullmatch(name):
        return f'<a href="{escape(address)}"{shown_title}>{escape(alt or address)}</a>'
    own = f"{env['home']}/pictures/{quote(name)}"
    return f'<img src="{own}" alt="{escape(alt)}"{shown_title} loading="lazy">'


def _table_open(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Environment
) -> str:
    return '<div class="scroll" tabindex="0"><table>\n'


def _table_close(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Environment
) -> str:
    return "</table></div>\n"


def _line_end(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Environment
) -> str:
    """A blank, but nothing between letters of a script that writes none, such as Chinese."""
    before = _nearest(tokens[index - 1 :: -1])[-1:] if index else ""
    after = _nearest(tokens[index + 1 :])[:1]
    is_within = bool(before and after) and all(east_asian_width(each) in "WF" for each in (before, after))
    return "" if is_within else "\n"


def _nearest(tokens: Sequence[Token]) -> str:
    """The first words of a line's tokens: where emphasis and links begin and end, there are none."""
    return next((each.content for each in tokens if each.content), "")


RENDERED = {
    "softbreak": _line_end,
    "placeholder": _placeholder,
    "math_inline": _inline_formula,
    "math_inline_double": _formula_of_a_line,
    "math_block": _block_formula,
    "fence": _code,
    "code_block": _code,
    "image": _picture,
    "table_open": _table_open,
    "table_close": _table_close,
}
