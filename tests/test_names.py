"""What things are called, as far as a program can check it."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.test_architecture import functions, modules, name_of, nodes_of

# Participles say nothing of what a value is; it is called after the noun that it holds.
BANNED = {"found", "told", "said", "made", "wanted", "asked", "kept", "given", "who", "theirs"}
# Fields of a JSON answer or request, which programs know by these names.
FIELDS_OF_THE_API = {
    "client/output/views.py": {"said", "told"},
    "server/api/people/me.py": {"wanted"},
}

# What the API tells of a thing has the server's word for it: the same thing, as its client knows it.
TYPES_OF_THE_API = "client/api/types/"
SAME_THING_AT_THE_CLIENT = {
    "NotSignedIn",
    "Origin",
    "Tier",  # in a homework's folder, too
    "Upload",
}
# A tier's file is a program that stands alone; Kaggle's convention fixes the name of an error.
HOMEWORK = re.compile(r"baselines/homeworks/\w+/")

# Whose `by` is a plain text: what a request filters the audit trail by, and what an answer prints.
BY_IS_A_TEXT = ("server/http/", "server/serializers/")


def test_whoever_acts_is_an_actor_in_every_rule() -> None:
    others = [
        f"{name_of(path)}:{argument.lineno} {ast.unparse(argument)}"
        for path in modules("server")
        if not name_of(path).startswith(BY_IS_A_TEXT)
        for function in functions(path)
        for argument in (*function.args.args, *function.args.kwonlyargs)
        if argument.arg == "by" and ast.unparse(argument.annotation or argument) != "Actor"
    ]

    assert others == []


def test_one_class_name_has_one_meaning() -> None:
    files_of = defaultdict(list)
    for path in modules("client", "server", "baselines", "grader", "benchmarks"):
        for node in nodes_of(path):
            if isinstance(node, ast.ClassDef) and not HOMEWORK.match(name_of(path)):
                files_of[node.name].append(name_of(path))

    several = {
        name: files
        for name, files in files_of.items()
        if sum(not file.startswith(TYPES_OF_THE_API) for file in files) > 1
        or sum(file.startswith("client/") for file in files) > 1
    }

    assert {name: files for name, files in several.items() if name not in SAME_THING_AT_THE_CLIENT} == {}


def test_a_value_is_called_by_a_noun() -> None:
    participles = [
        f"{name_of(path)}:{line} {name}"
        for path in modules()
        for line, name in names_bound_in(path)
        if name in BANNED - FIELDS_OF_THE_API.get(name_of(path), set())
    ]

    assert participles == []


def names_bound_in(path: Path) -> Iterator[tuple[int, str]]:
    """Every name that a module gives to a value, an argument or a function, with its line."""
    for node in nodes_of(path):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name.lstrip("_")


def test_summaries_say_what_is_returned_as_a_noun() -> None:
    verbs = [
        f"{name_of(path)}:{function.lineno} {summary}"
        for path in modules()
        for function in functions(path)
        if (summary := (ast.get_docstring(function) or "").split("\n")[0]).startswith(("Return ", "Returns "))
    ]

    assert verbs == []
