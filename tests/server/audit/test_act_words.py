"""The audit trail reads in every language: each act that the code records has words of its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

import server
from server.web.rendering import trail_words
from server.web.rendering.trail_words import ACTS

ROOT = Path(server.__file__).parent
TREES = [
    ast.parse(path.read_text(encoding="utf-8"))
    for path in ROOT.rglob("*.py")
    if path != Path(trail_words.__file__)
]


def strings_in(tree: ast.AST) -> Iterator[str]:
    """Every string that is written there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def names_of_acts(tree: ast.AST) -> Iterator[str]:
    """The names that stand where an act is made; a name that is handed on stands elsewhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Act" and node.args:
            yield from strings_in(node.args[0])


def test_each_act_has_words() -> None:
    names = {name for tree in TREES for name in names_of_acts(tree)}

    assert len(names) > 20, "or acts are made in another way, which this test must then read"
    assert names - ACTS.keys() == set()


def test_no_words_are_kept_for_an_act_that_nothing_records() -> None:
    assert ACTS.keys() - {text for tree in TREES for text in strings_in(tree)} == set()
