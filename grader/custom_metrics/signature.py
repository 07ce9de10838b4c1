"""Reading a custom metric's file without running it: has it the function, and which arguments has that?"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeGuard

from grader.errors import BadSpec
from grader.messages import OR, Message, joined

FIRST_THREE = ("solution", "submission", "row_id_column_name")
BYTES_MOST = 1_000_000
# What competition.toml can say and JSON can carry; no dates.
Value: TypeAlias = bool | int | float | str | list["Value"] | dict[str, "Value"]
KINDS: dict[str, type] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "list": list,
    "List": list,
    "Sequence": list,
    "dict": dict,
    "Dict": dict,
    "Mapping": dict,
}
WORDS = {
    int: Message("a whole number"),
    float: Message("a number"),
    str: Message("text"),
    bool: Message("true or false"),
    list: Message("a list"),
    dict: Message("a table"),
    type(None): Message("nothing"),
}


@dataclass(frozen=True, slots=True)
class Signature:
    """The arguments of `score` after the first three.

    kinds: by name, the types that its annotation allows, or None where anything may be given. needed: those
    without a default. open: it takes arguments of any name. summary: the first line of its docstring.
    """

    kinds: Mapping[str, frozenset[type] | None]
    needed: frozenset[str]
    open: bool
    summary: str

    def convert(self, arguments: Mapping[str, object]) -> dict[str, Value]:
        """These arguments as `score` is to get them. Raises BadSpec with all that is wrong with them."""
        unknown_names = [name for name in arguments if name not in self.kinds and not self.open]
        names = ", ".join(self.kinds) or Message("no further arguments")
        faults = [
            Message("score() has no argument '{name}'; it has {names}.", name=name, names=names)
            for name in unknown_names
        ]
        faults += [
            Message("score() needs a value for '{name}'.", name=name)
            for name in sorted(self.needed - arguments.keys())
        ]
        values: dict[str, Value] = {}
        for name, value in arguments.items():
            kinds = self.kinds.get(name)
            if not _is_value(value):
                faults.append(
                    Message(
                        "'{name}' must be a number, text, true, false, or a list or table of them.", name=name
                    )
                )
            elif kinds is not None and not _fits(value, kinds):
                expected = joined(*sorted(WORDS[kind] for kind in kinds), between=OR)
                faults.append(
                    Message(
                        "'{name}' must be {expected}; found {value}.",
                        name=name,
                        expected=expected,
                        value=repr(value),
                    )
                )
            else:
                values[name] = _as_annotated(value, kinds)
        if faults:
            raise BadSpec(
                Message("The metric's arguments in competition.toml: {faults}", faults=joined(*faults))
            )
        return values


def read_signature(data: bytes) -> Signature:
    """The signature of `score` in the bytes of a metric.py. Raises BadSpec when there is none to call."""
    function = _function(_tree(data))
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    names = [argument.arg for argument in positional]
    if tuple(names[:3]) != FIRST_THREE:
        raise BadSpec(
            Message(
                "metric.py, line {line}: the first three arguments of score() must be {names}; "
                "found {given}.",
                line=function.lineno,
                names=", ".join(FIRST_THREE),
                given=", ".join(names[:3]) or "none",
            )
        )
    if len(arguments.posonlyargs) > len(FIRST_THREE):
        raise BadSpec(
            Message("metric.py: further arguments of score() are given by name, so '/' must not follow.")
        )
    further = [*positional[3:], *arguments.kwonlyargs]
    with_default = {argument.arg for argument in positional[len(positional) - len(arguments.defaults) :]}
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    with_default |= {argument.arg for argument, default in pairs if default is not None}
    return Signature(
        {argument.arg: _kinds(argument.annotation) for argument in further},
        frozenset(argument.arg for argument in further) - with_default,
        arguments.kwarg is not None,
        (ast.get_docstring(function) or "").strip().partition("\n")[0],
    )


def _tree(data: bytes) -> ast.Module:
    if len(data) > BYTES_MOST:
        raise BadSpec(
            Message(
                "metric.py has {size:,} bytes; more than {most:,} are not read.",
                size=len(data),
                most=BYTES_MOST,
            )
        )
    try:
        return ast.parse(data.decode("utf-8-sig"), filename="metric.py")
    except SyntaxError as error:
        raise BadSpec(
            Message(
                "metric.py, line {line}: this is not Python: {reason}.", line=error.lineno, reason=error.msg
            )
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise BadSpec(Message("metric.py is not Python in UTF-8, or is nested too deeply.")) from error


def _function(tree: ast.Module) -> ast.FunctionDef:
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "score"]
    if not functions:
        raise BadSpec(
            Message(
                "metric.py has no function 'score({names}, ...)' at its top level.",
                names=", ".join(FIRST_THREE),
            )
        )
    return functions[-1]


def _kinds(annotation: ast.expr | None) -> frozenset[type] | None:
    """The types that an annotation allows; None where it says nothing that can be checked."""
    match annotation:
        case ast.Constant(value=None):
            return frozenset({type(None)})
        case ast.Constant(value=str(text)):
            return _kinds_of_text(text)
        case ast.Name(id=name) if name in KINDS:
            return frozenset({KINDS[name]})
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _either([left, right])
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
            return _kinds_of_generic(name, inner)
    return None


def _kinds_of_text(text: str) -> frozenset[type] | None:
    try:
        return _kinds(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError):
        return None


def _kinds_of_generic(name: str, inner: ast.expr) -> frozenset[type] | None:
    if name == "Optional":
        return _either([inner, ast.Constant(None)])
    if name == "Union" and isinstance(inner, ast.Tuple):
        return _either(inner.elts)
    return frozenset({KINDS[name]}) if name in KINDS else None


def _either(annotations: list[ast.expr]) -> frozenset[type] | None:
    kinds = [_kinds(annotation) for annotation in annotations]
    return None if None in kinds else frozenset().union(*filter(None, kinds))


def _is_value(value: object) -> TypeGuard[Value]:
    if isinstance(value, list):
        return all(map(_is_value, value))
    if isinstance(value, dict):
        return all(map(_is_value, value.values()))
    return isinstance(value, bool | int | float | str)


def _fits(value: object, kinds: frozenset[type]) -> bool:
    return type(value) in kinds or (type(value) is int and float in kinds)


def _as_annotated(value: Value, kinds: frozenset[type] | None) -> Value:
    """The value; a whole number as a float where the annotation asks for one."""
    wants_float = kinds is not None and float in kinds and int not in kinds
    return float(value) if wants_float and isinstance(value, int) and not isinstance(value, bool) else value
