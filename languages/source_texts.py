"""The texts of a script or a notebook that a person gets: its comments, its docstrings, what it prints.

What runs stays as it is: a string is a sentence only where it has two words, and the expressions in it are
kept. A catalogue has comments and docstrings by paragraphs, and a sentence of the code in quotation marks,
lest a key or a column's name that reads like a text of a page be translated.
"""

import ast
import io
import json
import re
import tokenize
from collections.abc import Callable, Iterator
from inspect import cleandoc

Translate = Callable[[str], str]  # a text in the reader's language, or itself
Edit = tuple[int, int, str]  # the characters from here to there read so
WORD = re.compile(r"[A-Za-z]{2,}")
CODE = re.compile(r"\([^()]*\)|`[^`]*`")  # in a text: an array's shape, or a name
GAP = re.compile(r"(\n(?:[ \t]*\n)+)")  # between two paragraphs
DEFINITIONS = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
OTHER_ENDS = re.compile(r"[\r\f]")  # by which Python's parser and we would count lines differently


def notebook_in_language(text: str, translate: Translate) -> str:
    """The notebook with the texts of its cells translated; its ids and outputs as they are.

    Raises ValueError, KeyError or TypeError when the text is no notebook.
    """
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        in_language = script_in_language if cell["cell_type"] == "code" else paragraphs_in_language
        cell["source"] = in_language(source, translate).splitlines(keepends=True)
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def script_in_language(code: str, translate: Translate) -> str:
    """The Python code with its texts translated; as it is where it is no Python, such as a shell's line."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return code
    if OTHER_ENDS.search(code):
        return code
    parts, done = [], 0
    for start, end, text in sorted([*_comments(code, translate), *_strings(tree, code, translate)]):
        if start >= done:  # else it is a comment within a string of several lines
            parts += [code[done:start], text]
            done = end
    return "".join([*parts, code[done:]])


def paragraphs_in_language(text: str, translate: Translate) -> str:
    """The text with each of its paragraphs translated."""
    return "".join(translate(part) if _has_words(part) else part for part in GAP.split(text))


def _has_words(text: str) -> bool:
    """Whether a comment says more than the shape of an array."""
    return WORD.search(CODE.sub("", text)) is not None


def _comments(code: str, translate: Translate) -> Iterator[Edit]:
    """Yield the comments in the reader's language; those that fill lines on end are one text."""
    blocks: list[list[tokenize.TokenInfo]] = []
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            if blocks and _continues(blocks[-1][-1], token):
                blocks[-1].append(token)
            else:
                blocks.append([token])
    starts = _line_starts(code)
    for block in blocks:
        first, last = block[0], block[-1]
        text = "\n".join(token.string.removeprefix("#").removeprefix(" ") for token in block)
        lines = paragraphs_in_language(text, translate).split("\n")
        margin = " " * first.start[1]
        comment = f"\n{margin}".join(f"# {line}".rstrip() for line in lines)
        yield starts[first.start[0] - 1] + first.start[1], starts[last.end[0] - 1] + last.end[1], comment


def _continues(above: tokenize.TokenInfo, token: tokenize.TokenInfo) -> bool:
    fill_lines = all(not each.line[: each.start[1]].strip() for each in (above, token))
    line, column = above.start
    return fill_lines and token.start == (line + 1, column)


def _strings(tree: ast.Module, code: str, translate: Translate) -> Iterator[Edit]:
    """Yield the docstrings and the sentences of the code that read otherwise in the reader's language."""
    lines, starts = code.split("\n"), _line_starts(code)

    def place(line: int, column: int) -> int:
        """The parser counts columns in bytes."""
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    for node, is_docstring in _string_nodes(tree, is_docstring=False):
        new = _docstring(node, translate) if is_docstring else _sentence(node, translate)
        if new is not None and node.end_lineno is not None and node.end_col_offset is not None:
            yield place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset), new


def _string_nodes(node: ast.AST, *, is_docstring: bool) -> Iterator[tuple[ast.expr, bool]]:
    """Yield the strings below a node, whole where they have parts, and whether each is a docstring."""
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield node, is_docstring
        return
    has_docstring = isinstance(node, DEFINITIONS) and ast.get_docstring(node) is not None
    first = node.body[0] if isinstance(node, DEFINITIONS) and has_docstring else None
    for child in ast.iter_child_nodes(node):
        yield from _string_nodes(child, is_docstring=child is first or is_docstring)


def _docstring(node: ast.expr, translate: Translate) -> str | None:
    """The docstring as code in the reader's language; None where that is as it stands."""
    text = cleandoc(ast.literal_eval(node))
    new = paragraphs_in_language(text, translate)
    if new == text:
        return None
    lines = new.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').split("\n")
    margin = " " * node.col_offset
    end = f"\n{margin}" if len(lines) > 1 else ""
    return '"""' + "\n".join([lines[0], *(f"{margin}{line}".rstrip() for line in lines[1:])]) + f'{end}"""'


def _sentence(node: ast.expr, translate: Translate) -> str | None:
    """The string as code in the reader's language; None where that is as it stands or it is no sentence."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    words = "#".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
    if " " not in words.strip() or len(WORD.findall(words)) < 2:
        return None
    template = "".join(map(_field, parts)) if isinstance(node, ast.JoinedStr) else words
    quoted = f'"{template}"'
    new = translate(quoted)
    if new == quoted:
        return None
    return ("f" if isinstance(node, ast.JoinedStr) else "") + json.dumps(new[1:-1], ensure_ascii=False)


def _field(part: ast.expr) -> str:
    """A part of an f-string as it is written between its quotation marks, a line's end as itself."""
    if isinstance(part, ast.Constant):
        return str(part.value).replace("{", "{{").replace("}", "}}")
    return ast.unparse(ast.JoinedStr([part]))[2:-1]


def _line_starts(code: str) -> list[int]:
    """The place of the first character of each line."""
    starts = [0]
    for line in code.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts
