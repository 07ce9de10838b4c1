"""What the parser of commands says in English, as texts that have a form in other languages.

Typer's own sentences cannot be translated where they are made: they are strings by then. Each is recognised
by its template here; one of a newer Typer that is not stays as it is.
"""

import re

from grader.messages import Message, restored

EXTRAS = (Message("required"), Message("default: {default}"))
SENTENCES = (
    Message("Missing argument {name}."),
    Message("Missing option {name}."),
    Message("Missing command."),
    Message("No such command {name}. Did you mean {others}?"),
    Message("No such command {name}."),
    Message("No such option: {name} (Possible options: {others})"),
    Message("No such option: {name}"),
    Message("Got unexpected extra argument ({words})"),
    Message("Got unexpected extra arguments ({words})"),
    Message("Got unexpected extra argument(s) ({words})"),
    Message("Option {name} requires an argument."),
    Message("Option {name} does not take a value."),
    Message("Invalid value for {name}: {reason}"),
    Message("file {path} does not exist."),
    Message("file {path} is a directory."),
    Message("file {path} is not readable."),
    Message("Input should be a valid integer, unable to parse string as an integer"),
    Message("Input should be greater than or equal to {number}"),
)


def of_parser(text: str) -> str:
    """A sentence of the parser; what it has inside, such as the reason for refusing a value, likewise."""
    return _recognised(text, SENTENCES)


def of_help(text: str) -> str:
    """What stands in brackets behind an option's help, such as "required"."""
    return _recognised(text, EXTRAS)


def _recognised(text: str, templates: tuple[Message, ...]) -> str:
    for each in templates:
        fields = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(each))
        if match := re.fullmatch(fields, text, re.DOTALL):
            values = {name: _recognised(value, templates) for name, value in match.groupdict().items()}
            text_with_values: Message = restored({"template": str(each), "values": values})
            return text_with_values
    return text
