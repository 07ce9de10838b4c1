"""What things are called, as far as a program can check it."""

import ast

from tests.test_architecture import functions, modules, name_of, tree_of

# Whose `by` is a plain text: what a request filters the audit trail by, and what an answer prints.
BY_IS_A_TEXT = ("server/http/", "server/serializers/")


def test_whoever_acts_is_an_actor_in_every_rule() -> None:
    others = [
        f"{name_of(path)}:{argument.lineno} {ast.unparse(argument)}"
        for path in modules("server")
        if not name_of(path).startswith(BY_IS_A_TEXT)
        for function in functions(tree_of(path))
        for argument in (*function.args.args, *function.args.kwonlyargs)
        if argument.arg == "by" and ast.unparse(argument.annotation or argument) != "Actor"
    ]

    assert others == []
