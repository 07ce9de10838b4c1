"""A group of commands that explains itself, and what it does not understand, in its reader's language.

The help of a command is its docstring, that of an option stands beside it. Both are in the catalogues by
their English text (languages/extraction.py) and are translated when the command is built: at its call.
"""

import inspect
import sys
from collections.abc import Sequence

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from client.language import catalogue
from client.output.help_page import HelpPage
from client.output.parser_words import of_parser
from client.output.terminal import note
from grader.messages import Catalogue, Message
from languages.catalogue import ENGLISH


class Application(typer.Typer):
    """Commands as Typer makes them, plain and without completion.

    help: of a group of commands. group_class: where that has habits of its own.
    """

    def __init__(self, *, help: str | None = None, group_class: type[TyperGroup] | None = None) -> None:
        super().__init__(
            cls=group_class,
            help=help,
            no_args_is_help=group_class is not None,
            add_completion=False,
            pretty_exceptions_enable=False,
            rich_markup_mode=None,
        )

    def __call__(self, words: Sequence[str], *, prog_name: str) -> None:
        """Run the command that the words name, and leave with its exit status."""
        texts = catalogue()
        if texts.language == ENGLISH:
            super().__call__(words, prog_name=prog_name)
            return
        command = get_command(self)
        assert isinstance(command, TyperCommand | TyperGroup)
        _translate(command, texts)
        try:
            status = command.main(list(words), prog_name=prog_name, standalone_mode=False)
        except typer.TyperException as mistake:
            _explain(mistake)
            sys.exit(mistake.exit_code)
        except typer.Abort:
            note(Message("Aborted!"))
            sys.exit(1)
        sys.exit(status or 0)


def _translate(command: TyperCommand | TyperGroup, texts: Catalogue) -> None:
    """Put the help of a command and of all below it into a language."""

    class Context(typer.Context):
        def make_formatter(self) -> HelpPage:  # type: ignore[override]  # Typer wants no more of its own
            return HelpPage(texts)

    command.context_class = Context
    if command.help:
        command.help = texts.gettext(inspect.cleandoc(command.help))
        command.short_help = command.help.split("。")[0] + "。"
    for option in command.params:
        if isinstance(option, TyperArgument | TyperOption) and option.help:
            option.help = texts.gettext(option.help)
    for each in getattr(command, "commands", {}).values():
        _translate(each, texts)


def _explain(mistake: typer.TyperException) -> None:
    """Say what the parser did not understand, and where that is explained."""
    sentence, context = mistake.format_message(), getattr(mistake, "ctx", None)
    if context is None:
        note(Message("Error: {reason}", reason=of_parser(sentence)))
        return
    if sentence == context.get_help():  # of a group without a word more
        typer.echo(sentence, err=True)
        return
    typer.echo(context.get_usage(), err=True)
    note(Message("Try '{command} --help' for help.", command=context.command_path))
    note("")
    note(Message("Error: {reason}", reason=of_parser(sentence)))
