"""How a header differs from the expected one, name by name, and which slip that often is."""

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum, auto

from grader.errors import SHOWN, Problem
from grader.messages import AND, Message, Text, counted, joined
from grader.reading.causes.look_alikes import foreign_letter, in_latin
from grader.reading.locations import quote

INDEX_COLUMN = re.compile(r"(Unnamed: \d+)?")
NUMBER_LIKE = re.compile(r"\s*[+-]?[0-9.]+([eE][+-]?[0-9]+)?\s*")
NAMED_MOST = 10  # columns that a sentence names
BYTE_ORDER_MARK = "\ufeff"
Names = tuple[str, ...]


class ColumnKind(Enum):
    """What a column holds, as far as it tells how its file is made."""

    LABEL = auto()
    PROBABILITY = auto()
    OTHER = auto()


ONE_PROBABILITY = Message("One column was expected: for a probability take predict_proba(X)[:, 1].")
ONE_LABEL = Message("One column was expected: for a label take df[{names}].idxmax(axis=1).")
PROBABILITY_OF_EACH = Message(
    "One column for each was expected: for probabilities, all columns of predict_proba(X)."
)


def header_problems(
    columns: Names, expected: Names, line: bytes, kinds: tuple[ColumnKind, ...] = ()
) -> Iterator[Problem]:
    """Every difference between a file's columns and the expected ones.

    line: the header as it stands. kinds: what the columns beside the id hold; none for an answer key.
    """
    demand = Message("The header must be {columns}, in any order of columns.", columns=listed(expected))
    renamed = _similar(columns, expected)
    if not set(columns) & set(expected) and not renamed:
        yield _no_header(columns, expected, line, demand)
        return
    extra = tuple(name for name in dict.fromkeys(columns) if name not in expected and name not in renamed)
    missing = tuple(name for name in expected if name not in columns and name not in renamed.values())
    yield from _repeated(columns)
    yield from _renamed(renamed)
    if len(extra) == len(missing) == 1 and not INDEX_COLUMN.fullmatch(extra[0]):
        yield _other_name(extra[0], missing[0])
        return
    if extra:
        advice = _one_column(extra, kinds) if len(missing) == 1 else None
        yield _extra(extra, columns, demand, advice)
    if missing:
        yield _problem(
            "missing_column",
            joined(Message("The header lacks {columns}.", columns=_column_names(missing)), demand),
            _hint_of_missing(missing, extra, kinds),
            missing,
        )


def listed(expected: Names) -> str:
    """The columns that a header must have, as it has them; of many the first.

    >>> listed(("id", "y"))
    "'id,y'"
    """
    names = ",".join(expected[:NAMED_MOST])
    if len(expected) <= NAMED_MOST:
        return f"'{names}'"
    return Message("'{names},... ({count:,} columns)'", names=names, count=len(expected))


def _no_header(columns: Names, expected: Names, line: bytes, demand: Text) -> Problem:
    hint = (
        Message("Write the file with df.to_csv('pred.csv', index=False), which writes the header.")
        if not len(columns) == len(expected) <= NAMED_MOST
        or any(NUMBER_LIKE.fullmatch(name) for name in columns)
        else Message(
            "If it has the columns under other names, rename them: df.columns = {names}.",
            names=str(list(expected)),
        )
    )
    message = Message("The first line is not the header: it is {line}.", line=quote(line))
    return _problem("no_header", joined(message, demand), hint, columns)


def _similar(columns: Names, expected: Names) -> dict[str, str]:
    """The names that become an expected one once what is not the name itself is ignored."""
    expected_of = {_folded(name): name for name in expected if name not in columns}
    return {
        name: expected_of.pop(_folded(name))
        for name in columns
        if name not in expected and _folded(name) in expected_of
    }


def _folded(name: str) -> str:
    """A name without its case, what cannot be seen, and marks around it; one form of each letter."""
    text = in_latin(unicodedata.normalize("NFKC", name)).casefold()
    return "".join(one for one in text if unicodedata.category(one) != "Cf").strip(" \t#'\"")


def _repeated(columns: Names) -> Iterator[Problem]:
    names = tuple(sorted({name for name in columns if columns.count(name) > 1}))
    if names:
        yield _problem(
            "repeated_column",
            Message("The header names {columns} more than once.", columns=_column_names(names)),
            Message("Keep one of them; it cannot be guessed which is meant."),
            names,
        )


def _renamed(names: dict[str, str]) -> Iterator[Problem]:
    if names:
        pairs = [
            Message("{name} where '{column}' was expected", name=quote(name.encode()), column=column)
            for name, column in names.items()
        ]
        mapping = ", ".join(f"{_visible(name, column)}: {column!r}" for name, column in names.items())
        yield _problem(
            "misspelt_column",
            Message("The header has {pairs}.", pairs=joined(*pairs, between=AND)),
            joined(
                _slip(names),
                Message("Rename: df.rename(columns={mapping}).", mapping=f"{{{mapping}}}"),
                Message("Case and blanks count."),
            ),
            tuple(names),
        )


def _visible(name: str, column: str) -> str:
    """The name as Python writes it; with escapes where it would look like the column's."""
    looks_alike = in_latin(unicodedata.normalize("NFKC", name)) == unicodedata.normalize("NFKC", column)
    return ascii(name) if looks_alike else repr(name)


def _slip(names: dict[str, str]) -> str:  # empty, or a Text
    """What went wrong with these names, as a sentence before the advice; empty where it is plain to see."""
    if any(name.startswith(BYTE_ORDER_MARK) for name in names):
        return Message(
            "A second byte order mark, which cannot be seen, begins the file: write it as 'utf-8' once."
        )
    if any(unicodedata.category(one) == "Cf" for name in names for one in name):
        return Message("A character that cannot be seen stands in the name.")
    if letter := next(filter(None, map(foreign_letter, names)), ""):
        return Message(
            "A letter that only looks like a Latin one stands in the name: {letter}.", letter=letter
        )
    if any(name.startswith("#") for name in names):
        return Message("np.savetxt writes the '#': pass comments=''.")
    return ""


def _other_name(name: str, column: str) -> Problem:
    return _problem(
        "misspelt_column",
        Message(
            "The header has column {name} where '{column}' was expected.",
            name=quote(name.encode()),
            column=column,
        ),
        Message(
            "Rename it, if it holds that: df.rename(columns={mapping}).",
            mapping=f"{{{name[:60]!r}: {column!r}}}",
        ),
        (name,),
    )


def _extra(names: Names, columns: Names, demand: Text, advice: Text | None) -> Problem:
    hint: Text = joined(counted("Remove it.", "Remove them.", len(names)), demand)
    if any(INDEX_COLUMN.fullmatch(name) for name in names):
        hint = _hint_of_nameless(columns, hint)
    elif advice is not None:
        hint = joined(hint, advice)
    message = counted(
        "The header has {columns}, which was not asked for.",
        "The header has {columns}, which were not asked for.",
        len(names),
        columns=_column_names(names),
    )
    return _problem("extra_column", message, hint, names)


def _one_column(names: Names, kinds: tuple[ColumnKind, ...]) -> Text | None:
    """How one column is made of these; None where the metric asks for numbers that no classifier gives."""
    if len(names) < 2 or len(kinds) != 1:
        return None
    if kinds[0] is ColumnKind.LABEL:
        more = "" if len(names) <= 3 else " + ..."
        return ONE_LABEL.filled(names=f"{list(names[:3])}{more}")
    return ONE_PROBABILITY if kinds[0] is ColumnKind.PROBABILITY else None


def _hint_of_missing(missing: Names, extra: Names, kinds: tuple[ColumnKind, ...]) -> Text:
    usual = Message("Compare it with sample_submission.csv.")
    if len(missing) > 1 and len(extra) == 1 and set(kinds) == {ColumnKind.PROBABILITY}:
        return joined(usual, PROBABILITY_OF_EACH)
    if 1 < len(missing) == len(extra) <= NAMED_MOST:
        other_names = Message(
            "If these columns have other names in the file: df.rename(columns={mapping}).",
            mapping=str(dict(zip(extra, missing, strict=True))),
        )
        return joined(usual, other_names)
    return usual


def _hint_of_nameless(columns: Names, usual: Text) -> Text:
    if columns[-1] == "" and columns[0] != "":
        return Message(
            "The header ends in a comma, which begins a column without a name: end no line in a comma."
        )
    if "" in columns[1:]:
        return usual
    return Message(
        "The nameless column is pandas' index. Write the file with df.to_csv('pred.csv', index=False); "
        "in R, with write.csv(df, 'pred.csv', row.names = FALSE)."
    )


def _problem(code: str, message: Text, hint: Text, names: Names) -> Problem:
    examples = tuple(quote(name.encode())[1:-1] for name in names[:SHOWN])
    return Problem(code, message, hint, lines=(1,), examples=examples)


def _column_names(names: Names) -> Text:
    shown = ", ".join(quote(name.encode()) for name in names[:SHOWN])
    if len(names) > SHOWN:
        return Message("columns {shown} and {rest:,} more", shown=shown, rest=len(names) - SHOWN)
    return counted("column {shown}", "columns {shown}", len(names), shown=shown)
