"""Our folders under the one name that an installed package may take, `splitboard`.

In the repository `client`, `grader` and `languages` lie side by side. In somebody's site-packages such common
words would hide other packages, so there they are parts of one, and each import of one by another is renamed
as it is copied; pip does so with what it brings along. Nothing but the names in these imports changes.
"""

import ast

NAMES = {"client": "splitboard", "grader": "splitboard.grader", "languages": "splitboard.languages"}


class NotRenamable(ValueError):
    """An import whose names cannot be changed without changing what it binds."""


def installed_path(path: str) -> str:
    """Where a file of the repository lies in the package.

    >>> installed_path("client/api/client.py"), installed_path("grader/spec.py")
    ('splitboard/api/client.py', 'splitboard/grader/spec.py')
    """
    top, _, rest = path.partition("/")
    return f"{NAMES[top].replace('.', '/')}/{rest}"


def renamed(source: bytes, *, path: str = "a module") -> bytes:
    """A module's source with its imports as they read in the package.

    Raises NotRenamable for `import grader`, which binds a name: `from grader import ...` can be renamed.

    >>> renamed(b"from grader.spec import Limits  # grader.spec")
    b'from splitboard.grader.spec import Limits  # grader.spec'
    """
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import) and any(_top(each.name) in NAMES for each in node.names):
            raise NotRenamable(f"{path}, line {node.lineno}: {ast.unparse(node)}")
        if isinstance(node, ast.ImportFrom) and node.level == 0 and _top(node.module or "") in NAMES:
            line, top = lines[node.lineno - 1], _top(node.module or "")
            before, after = line[: node.col_offset], line[node.col_offset :]
            lines[node.lineno - 1] = before + after.replace(
                f"from {top}".encode(), f"from {NAMES[top]}".encode(), 1
            )
    return b"".join(lines)


def _top(module: str) -> str:
    return module.partition(".")[0]
