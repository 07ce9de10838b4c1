"""Sentences that can be read in other languages: an English text that remembers what it was made from.

A sentence is written once, in English, as a template with its values, at the place where its reason is known.
It is a str like any other: logs, tests and programs read English. Whoever shows it to a person asks for it in
that person's language, from a catalogue of translated templates; a value that is such a text itself (a time,
another sentence) is translated with it. What is no such text, a file's name or a label, stays as it is.

The extraction of the catalogues (languages/extraction.py) finds `Message(...)` and `counted(...)` by name, so
their templates are literals.
"""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, Protocol, Self

FULL_WIDTH_MARKS = tuple("。！？：；，、）」")
Packed = str | int | float | bool | None | dict[str, Any] | list[Any]  # as JSON keeps it


class Catalogue(Protocol):
    """The translated templates of one language; the English one answers with what it is asked for."""

    @property
    def language(self) -> str:
        """The language's tag, as in "zh-TW"."""

    def gettext(self, message: str) -> str:
        """The template in this language, or itself where nobody has translated it."""

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The template for this count."""


class Text(str):
    """An English text that has a form in other languages."""

    def in_language(self, catalogue: Catalogue) -> str:
        """The text in the catalogue's language."""
        raise NotImplementedError


class Message(Text):
    """A sentence, or a part of one, of a template and its values.

    template: English, with fields as `str.format` takes them; braces mean nothing where there are no values.

    >>> Message("{name} has {share:.0%}.", name="a.csv", share=0.5)
    'a.csv has 50%.'
    """

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, /, **values: object) -> Self:
        """The English sentence. Raises KeyError when the template has a field without a value."""
        text = super().__new__(cls, _filled(template, values))
        text.template, text.values = template, values
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        return restored, (packed(self),)

    def filled(self, **values: object) -> "Message":
        """The sentence of these values, where this one is a template that waits for them, as in a table."""
        return Message(self.template, **values)

    def in_language(self, catalogue: Catalogue) -> str:
        """The sentence in the catalogue's language, its values with it."""
        return _filled(catalogue.gettext(self.template), _translated_fields(self.values, catalogue))


class Counted(Text):
    """A sentence that changes with a count; `counted` makes it."""

    one: str
    many: str
    number: int
    values: Mapping[str, object]

    def __new__(cls, one: str, many: str, count: int, values: Mapping[str, object]) -> Self:
        """The English sentence for this count."""
        values = {"count": count, **values}
        text = super().__new__(cls, _filled(one if count == 1 else many, values))
        text.one, text.many, text.number, text.values = one, many, count, values
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        return restored, (packed(self),)

    def in_language(self, catalogue: Catalogue) -> str:
        """The sentence for its count in the catalogue's language, its values with it."""
        template = catalogue.ngettext(self.one, self.many, self.number)
        return _filled(template, _translated_fields(self.values, catalogue))


class Joined(Text):
    """Several texts, one after another.

    between: what stands between two of them, translated where it is a Message.
    """

    parts: tuple[str, ...]
    between: str

    def __new__(cls, parts: tuple[str, ...], between: str) -> Self:
        """The English text."""
        text = super().__new__(cls, between.join(parts))
        text.parts, text.between = parts, between
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        return restored, (packed(self),)

    def in_language(self, catalogue: Catalogue) -> str:
        """Each part in the catalogue's language; no blank follows a full-width mark, which brings its own."""
        texts = [translated(part, catalogue) for part in self.parts]
        if self.between != " ":
            return str(translated(self.between, catalogue)).join(texts)
        spaced = [text if text.endswith(FULL_WIDTH_MARKS) else f"{text} " for text in texts]
        return "".join(spaced).rstrip()


def counted(one: str, many: str, /, count: int, **values: object) -> Counted:
    """A sentence in the form for `count`, which is the value of the field {count}.

    >>> counted("{count} row has no id.", "{count:,} rows have no id.", 1200)
    '1,200 rows have no id.'
    """
    return Counted(one, many, count, values)


def joined(*parts: str, between: str = " ") -> Joined:
    """Several sentences as one text; empty ones are left out.

    >>> joined("It has no header.", "", "Write one.")
    'It has no header. Write one.'
    """
    return Joined(tuple(part for part in parts if part), between)


def translated(value: Any, catalogue: Catalogue) -> Any:
    """A text in the catalogue's language, and a list or dict with every text in it so; all else is itself."""
    match value:
        case Text():
            return value.in_language(catalogue)
        case dict():
            return {name: translated(each, catalogue) for name, each in value.items()}
        case list() | tuple():
            return [translated(each, catalogue) for each in value]
        case _:
            return value


def packed(value: Any) -> Packed:
    """A text as JSON keeps it, so that `restored` gives it back in all its languages; likewise what holds it.

    >>> packed({"count": 1, "message": Message("{name} is empty.", name="a.csv")})
    {'count': 1, 'message': {'template': '{name} is empty.', 'values': {'name': 'a.csv'}}}
    """
    match value:
        case Message():
            return {"template": value.template, "values": packed(dict(value.values))}
        case Counted():
            return {"one": value.one, "many": value.many, "values": packed(dict(value.values))}
        case Joined():
            return {"parts": packed(value.parts), "between": packed(value.between)}
        case dict():
            return {name: packed(each) for name, each in value.items()}
        case list() | tuple():
            return [packed(each) for each in value]
        case None | bool() | int() | float():
            return value
        case Integral():
            return int(value)
        case Real():
            return float(value)
        case _:
            return str(value)


def restored(value: Packed) -> Any:
    """What `packed` has kept, with its texts.

    >>> restored([{"one": "{count} row", "many": "{count} rows", "values": {"count": 2}}])
    ['2 rows']
    """
    match value:
        case {"template": str(template), "values": dict(values), **rest} if not rest:
            return Message(template, **restored(values))
        case {"one": str(one), "many": str(many), "values": dict(values), **rest} if not rest:
            fields = restored(values)
            return Counted(one, many, fields.pop("count"), fields)
        case {"parts": list(parts), "between": between, **rest} if not rest:
            return Joined(tuple(restored(parts)), restored(between))
        case dict():
            return {name: restored(each) for name, each in value.items()}
        case list():
            return [restored(each) for each in value]
        case _:
            return value


def _translated_fields(values: Mapping[str, object], catalogue: Catalogue) -> dict[str, object]:
    return {name: translated(value, catalogue) for name, value in values.items()}


def _filled(template: str, values: Mapping[str, object]) -> str:
    return template.format(**values) if values else template


COMMA, AND, OR = Message(", "), Message(" and "), Message(" or ")  # between the items of a list
