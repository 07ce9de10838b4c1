"""Each refusal is a text with a form in every language, no literal and no f-string, which read English."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import server
from server import app
from server.domain.errors import DomainError

ROOT = Path(server.__file__).parent
FOLDERS = ("domain", "services", "http", "api", "serializers", "web")


def kinds_of(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    """A kind of refusal and those below it."""
    yield kind
    for each in kind.__subclasses__():
        yield from kinds_of(each)


def sentences_in(tree: ast.Module, names: set[str]) -> Iterator[ast.expr]:
    """The first argument of each refusal that the file makes, of those that are called with a sentence."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name in names:
            yield from (call.args[0] for call in calls_in(node) if is_own_start(call) and call.args)
    yield from (call.args[0] for call in calls_in(tree) if name_of(call.func) in names and call.args)


def calls_in(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def name_of(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def is_own_start(call: ast.Call) -> bool:
    return ast.unparse(call.func) == "super().__init__"


def is_english(sentence: ast.expr) -> bool:
    """Whether it is text outside a call: a literal, an f-string, or pieces put together."""
    match sentence:
        case ast.Constant(value=str()) | ast.JoinedStr() | ast.BinOp():
            return True
        case ast.IfExp():
            return is_english(sentence.body) or is_english(sentence.orelse)
    return False


def test_the_first_argument_of_each_refusal_is_a_text() -> None:
    assert inspect.ismodule(app), "whose imports make every kind of refusal known"
    names = {each.__name__ for each in kinds_of(DomainError)}
    files = [ROOT / "app.py", *(path for each in FOLDERS for path in (ROOT / each).rglob("*.py"))]

    english = [
        f"{path.relative_to(ROOT)}:{sentence.lineno}: {ast.unparse(sentence)}"
        for path in files
        for sentence in sentences_in(ast.parse(path.read_text(encoding="utf-8")), names)
        if is_english(sentence)
    ]

    assert english == []
