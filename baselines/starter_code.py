"""The simple tier's own code for a starter: what it takes from its homework and from us is written out.

Of shared.py and of baselines.training only what the tier uses stands there, directly or through something
else that it uses, each before its first use.
"""

import ast
import inspect
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from baselines import training
from baselines.homework import SHARED_MODULE, Homework, HomeworkError

TRAINING = "baselines.training"
NEEDS = {
    "seed_everything": ("import random", "import sys", "import numpy as np"),
    "half_precision": ("import contextlib", "import sys", "from typing import Any"),
    "compiled": ("import sys", "from typing import Any"),
}  # what the functions of baselines.training use
REPORT = '''\
def report(*, epoch, epochs, loss, score=None):
    """Say how far the training is."""
    held_out = "" if score is None else f", held-out score {score:.4f}"
    print(f"epoch {epoch}/{epochs}: loss {loss:.4f}{held_out}")
'''
Definition = ast.FunctionDef | ast.ClassDef
Import = ast.Import | ast.ImportFrom


@dataclass(frozen=True)
class StandaloneCode:
    """Code that needs nothing of ours, in pieces: imports, helpers, constants, then a definition each.

    modules: the names of the modules that it imports, without their submodules.
    """

    pieces: list[str]
    modules: set[str]


def standalone_code(homework: Homework, tier: str) -> StandaloneCode:
    """The code of a tier together with all that it uses of shared.py and of baselines.training.

    Raises HomeworkError when it imports what shared.py does not define, or under another name.
    """
    source = ModuleSource.of((homework.folder / f"{tier}.py").read_text(encoding="utf-8"))
    shared_file = homework.folder / f"{SHARED_MODULE}.py"
    shared = ModuleSource.of(shared_file.read_text(encoding="utf-8") if shared_file.is_file() else "")
    imports = [node for node in source.body if isinstance(node, Import)]
    names = [name for node in imports if is_of_shared(node) for name in node.names]
    problems = [
        f"{tier}.py imports '{name.name}' from {SHARED_MODULE}.py, "
        + ("which does not define it." if name.asname is None else "and should do so under its own name.")
        for name in names
        if name.asname is not None or name.name not in shared.definitions()
    ]
    if problems:
        raise HomeworkError(homework.folder, problems)
    used = shared.used_by({name.name for name in names})
    imports += [node for node in used if isinstance(node, Import)]
    helpers = _helper_names(imports)
    foreign = [node for node in imports if not _is_ours(node)]
    needed = [node for name in helpers for line in NEEDS.get(name, ()) for node in ast.parse(line).body]
    foreign += [node for node in needed if isinstance(node, Import)]
    pieces = [
        _import_lines(foreign),
        *([_helpers(helpers)] if helpers else []),
        *shared.pieces(node for node in used if not isinstance(node, Import)),
        *source.pieces(node for node in source.body if not isinstance(node, Import)),
    ]
    return StandaloneCode(pieces, set(_modules(foreign)))


def is_of_shared(node: ast.stmt) -> bool:
    """Whether a statement imports from the shared module of its own homework."""
    return isinstance(node, ast.ImportFrom) and node.level == 1 and node.module == SHARED_MODULE


@dataclass(frozen=True)
class ModuleSource:
    """The text of a module and its statements, without its docstring."""

    lines: list[str]
    body: list[ast.stmt]

    @classmethod
    def of(cls, text: str) -> "ModuleSource":
        """The statements of this text of a module."""
        tree = ast.parse(text)
        return cls(text.splitlines(), tree.body[1:] if ast.get_docstring(tree) is not None else tree.body)

    def definitions(self) -> dict[str, list[ast.stmt]]:
        """The statements that bind each name of the module."""
        definitions: dict[str, list[ast.stmt]] = {}
        for node in self.body:
            for name in _bound_names(node):
                definitions.setdefault(name, []).append(node)
        return definitions

    def used_by(self, names: Iterable[str]) -> list[ast.stmt]:
        """The statements that these names need, directly or through others, in the order of the file.

        Of an import only the names that are needed are left.
        """
        definitions = self.definitions()
        needed: set[str] = set()
        waiting = [name for name in names if name in definitions]
        while waiting:
            name = waiting.pop()
            needed.add(name)
            others = set().union(*(used_names(node) for node in definitions[name]))
            waiting += (others & definitions.keys()) - needed
        statements = []
        for node in self.body:
            if isinstance(node, Import):
                statements += _narrowed(node, needed)
            elif needed & set(_bound_names(node)):
                statements.append(node)
        return statements

    def pieces(self, nodes: Iterable[ast.stmt]) -> list[str]:
        """The text of these statements with the comments above them; neighbouring constants are one piece."""
        pieces: list[str] = []
        is_open = False  # whether the last piece takes further constants
        for node in nodes:
            text = "\n".join(self.lines[self._first_line(node) - 1 : node.end_lineno])
            if is_open and not isinstance(node, Definition):
                pieces[-1] += ("\n\n" if self._follows_a_gap(node) else "\n") + text
            else:
                pieces.append(text)
            is_open = not isinstance(node, Definition)
        return pieces

    def _first_line(self, node: ast.stmt) -> int:
        """The number of the line where a statement begins with its decorators and the comment above it."""
        decorators = node.decorator_list if isinstance(node, Definition) else []
        number = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        while number > 1 and self.lines[number - 2].startswith("#"):
            number -= 1
        return number

    def _follows_a_gap(self, node: ast.stmt) -> bool:
        number = self._first_line(node)
        return number > 1 and not self.lines[number - 2].strip()


def used_names(node: ast.AST) -> set[str]:
    """The names that occur in a statement, annotations included."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _bound_names(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement of a module binds."""
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (name.asname or name.name.split(".")[0] for name in names)
        case ast.Assign(targets=targets):
            yield from (name for target in targets for name in used_names(target))
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            yield from used_names(target)


def _narrowed(node: Import, needed: set[str]) -> list[ast.stmt]:
    names = [name for name in node.names if (name.asname or name.name.split(".")[0]) in needed]
    if not names:
        return []
    if isinstance(node, ast.Import):
        return [ast.Import(names)]
    return [ast.ImportFrom(node.module, names, node.level)]


def _is_ours(node: Import) -> bool:
    return is_of_shared(node) or (isinstance(node, ast.ImportFrom) and node.module == TRAINING)


def _helper_names(imports: list[Import]) -> list[str]:
    """The functions of baselines.training that are imported, each once."""
    ours = [node for node in imports if isinstance(node, ast.ImportFrom) and node.module == TRAINING]
    return sorted({name.name for node in ours for name in node.names})


def _helpers(names: list[str]) -> str:
    """Functions of baselines.training as a student can run them."""
    sources = [REPORT if name == "report" else inspect.getsource(getattr(training, name)) for name in names]
    return "\n\n\n".join(each.strip("\n") for each in sources)


def _modules(imports: Iterable[Import]) -> Iterator[str]:
    for node in imports:
        names = [name.name for name in node.names] if isinstance(node, ast.Import) else [str(node.module)]
        yield from (name.split(".")[0] for name in names)


def _import_lines(imports: list[Import]) -> str:
    """The imports sorted: the standard library's, then the others'; names of one module together."""
    sections: list[list[str]] = [[], []]
    plain = {
        (name.name, name.asname) for node in imports if isinstance(node, ast.Import) for name in node.names
    }
    for name, alias in sorted(plain, key=lambda pair: pair[0]):
        line = f"import {name}" + (f" as {alias}" if alias else "")
        sections[name.split(".")[0] not in sys.stdlib_module_names].append(line)
    members: dict[str, set[str]] = {}
    for node in imports:
        if isinstance(node, ast.ImportFrom):
            names = {name.name + (f" as {name.asname}" if name.asname else "") for name in node.names}
            members.setdefault(str(node.module), set()).update(names)
    for module, names in sorted(members.items()):
        line = f"from {module} import {', '.join(sorted(names))}"
        sections[module.split(".")[0] not in sys.stdlib_module_names].append(line)
    return "\n\n".join("\n".join(section) for section in sections if section)
