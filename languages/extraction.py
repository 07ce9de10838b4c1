"""From the code to the catalogues: which files have texts, and which calls mark them."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from languages.catalogue import available, folder_of

ROOT = Path(__file__).parent.parent
# The functions that mark a text, with the places of its templates among their arguments.
KEYWORDS = {"Message": None, "counted": (1, 2), "gettext": None, "ngettext": (1, 2), "_": None}
JINJA_OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "trim_blocks": "true", "silent": "false"}
Method = str | Callable[..., Iterator[tuple[int, str, str, list[str]]]]  # as Babel calls it


def help_of_commands(
    file: IO[bytes], keywords: object, comment_tags: object, options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """The docstrings of a module's commands, which Typer shows as their help."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.FunctionDef) and any(map(_makes_command, node.decorator_list)):
            text = ast.get_docstring(node, clean=False)
            if text:
                yield node.lineno, "gettext", inspect.cleandoc(text), []


def _makes_command(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr == "command"
    )


SOURCES: tuple[
    tuple[str, str, Method, dict[str, str]], ...
] = (  # folder, the ends of names, Babel's method and its options
    ("grader", "**/*.py", "python", {}),
    ("client", "**/*.py", "python", {}),
    ("client/commands", "*.py", help_of_commands, {}),
    ("baselines", "**/*.py", "python", {}),
    ("baselines", "starter.py", "baselines.starter_texts:of_all", {}),
    ("baselines/homeworks", "*/simple.py", "baselines.starter_texts:of_homework", {}),
    ("server", "**/*.py", "python", {}),
    ("server/web/templates", "**/*.html", "jinja2.ext.babel_extract", JINJA_OPTIONS),
    ("server/web/static", "*.js", "javascript", {}),
)
NOTE = "translators:"  # a comment that begins so goes with the message below it
WIDTH = 110
FIELD = re.compile(r"\{(\w+)[^{}]*\}|%\((\w+)\)s")


def messages_in_code() -> Catalog:
    """Every marked text of the project, with the files it stands in and the notes for translators."""
    catalog = Catalog(project="Splitboard", charset="utf-8")
    for file, method, options in _files():
        for _, message, notes, _context in extract_from_file(
            method,  # type: ignore[arg-type]  # the stubs know a narrower callable than Babel takes
            file,
            keywords=KEYWORDS,
            comment_tags=(NOTE,),
            options=options,
            strip_comment_tags=True,
        ):
            catalog.add(message, locations=[(file.relative_to(ROOT).as_posix(), 1)], auto_comments=notes)
    return catalog


def _files() -> Iterator[tuple[Path, Method, dict[str, str]]]:
    for folder, pattern, method, options in SOURCES:
        for file in sorted((ROOT / folder).glob(pattern)):
            yield file, method, options


def po_file(language: str) -> Path:
    """Where the catalogue of a language stands."""
    return folder_of(language) / "splitboard.po"


def read(language: str) -> Catalog:
    """The catalogue of a language as it stands in its file."""
    with po_file(language).open("rb") as file:
        return read_po(file, locale=language.replace("-", "_"))


def write(language: str, catalog: Catalog) -> None:
    """Write the catalogue of a language, in the order of the files that its texts stand in."""
    with po_file(language).open("wb") as file:
        write_po(file, catalog, width=WIDTH, sort_by_file=True, include_lineno=False, ignore_obsolete=True)


def update() -> Iterator[str]:
    """Give each catalogue the texts of today, take those that are gone; yields a line for each language."""
    template = messages_in_code()
    for language in available()[1:]:
        catalog = read(language)
        before = {message.id for message in catalog if message.id}
        catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
        now = {message.id for message in catalog if message.id}
        write(language, catalog)
        yield (
            f"{language}: {len(now)} texts, {len(now - before)} new, {len(before - now)} gone, "
            f"{len(untranslated(catalog))} without a translation"
        )


def untranslated(catalog: Catalog) -> list[Any]:
    """The templates of a catalogue that have no translation, or one that somebody has to look at."""
    return [message.id for message in catalog if message.id and (message.fuzzy or not _is_whole(message))]


def _is_whole(message: Message) -> bool:
    forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
    return bool(forms) and all(forms)


def keeps_fields(message: Message) -> bool:
    """Whether a translation has the fields of its template, of a plural the fields of its longest form."""
    originals = [message.id] if isinstance(message.id, str) else list(message.id)
    forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
    known = set().union(*map(_fields, originals))
    needed = set.intersection(*map(_fields, originals))
    return all(needed <= _fields(form) <= known for form in forms)


def _fields(template: str) -> set[str]:
    """The names of a template's fields: {name} in Python and scripts, %(name)s on pages."""
    return {first or second for first, second in FIELD.findall(template)}
