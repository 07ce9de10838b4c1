"""Markdown as people read it in a mail: words, lists and addresses, without marks."""

from markdown_it.token import Token

from server.domain.texts.markdown import FORMULAS, parser

_INDENT = "  "


def plain_text(markdown: str) -> str:
    """The text of `markdown`: paragraphs parted by a blank line, links followed by their address.

    >>> print(plain_text("# Late\\n\\nRead *this*:\\n\\n1. [the rules](https://a.example/r)\\n2. `x`"))
    Late
    <BLANKLINE>
    Read this:
    <BLANKLINE>
    1. the rules (https://a.example/r)
    2. x
    """
    lines: list[str] = []
    markers: list[str] = []  # of the lists that the text is in, the innermost last
    depth, is_first = 0, False
    for token in parser().parse(markdown):
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                depth += 1
                markers.append("-")
            case "bullet_list_close" | "ordered_list_close":
                depth -= 1
                markers.pop()
                _part(lines, depth)
            case "list_item_open":
                markers[-1] = f"{token.info}{token.markup}" if token.info else "-"
                is_first = True
            case "inline" | "fence" | "code_block" | "math_block":
                mark = f"{markers[-1]} " if depth and is_first else _INDENT if depth else ""
                _add(lines, _words(token), mark=mark, depth=depth)
                is_first = False
            case "paragraph_close" | "heading_close" | "tr_close":
                _part(lines, depth)
    return "\n".join(lines).strip()


def _part(lines: list[str], depth: int) -> None:
    """A blank line after a paragraph, none between the items of a list."""
    if depth == 0 and lines and lines[-1]:
        lines.append("")


def _add(lines: list[str], text: str, *, mark: str, depth: int) -> None:
    outer = _INDENT * max(0, depth - 1)
    for line in text.rstrip("\n").split("\n"):
        lines.append(f"{outer}{mark}{line}".rstrip())
        mark = _INDENT if depth else ""


def _words(token: Token) -> str:
    if token.type == "math_block":
        return f"$${token.content.strip()}$$\n"
    if token.children is None:
        return token.content  # a block of code, as it stands; _part comes with the next paragraph
    words, addresses = [], []
    for child in token.children:
        match child.type:
            case "softbreak" | "hardbreak":
                words.append("\n")
            case "link_open":
                addresses.append((len(words), str(child.attrGet("href") or "")))
            case "link_close":
                start, address = addresses.pop()
                words.append("" if "".join(words[start:]) == address else f" ({address})")
            case "placeholder":
                words.append(child.markup)
            case formula if formula in FORMULAS:
                words.append(f"{child.markup}{child.content}{child.markup}")
            case _:
                words.append(child.content)
    return "".join(words)
