"""Every command and option that a text of ours names exists: pages, documentation, programs' sentences."""

import re
import subprocess
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperGroup

from client.__main__ import COMMANDS, main
from client.commands import team
from grader.__main__ import parser_of_commands
from server.settings import PROJECT

TEXTS = ("*.md", "*.html", "*.py", "splitboard", ".ci/run", "Makefile", "Dockerfile", "*.yml")
# What a reader is told to type ends with its line, its code span or a comment; in a program, with its string.
INVOCATION = re.compile(r"(?<!import )(?<!from )\bsplitboard\s+([a-z][^`\n<#]*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
ALTERNATIVES = re.compile(r"\s*\|\s*")
LONE_OPTION = re.compile(r"`(--[a-z][a-z-]*)")  # a code span that begins with an option
# What follows the word `splitboard` and is no command of the table: the launcher's own, which has its own
# tests, the formats of proofs, the name of a token, and the launcher's note of another that is installing.
NO_COMMANDS = {"test", "commitment", "receipt", "client", "is"}
OPTIONS_OF_OTHERS = {"--require-hashes"}  # pip's


def texts() -> Iterator[tuple[str, str]]:
    """The files that people read, or whose sentences they read: their names and their texts."""
    listed = subprocess.run(
        ["git", "ls-files", "--", *TEXTS], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if not name.startswith("tests/"):
            yield name, (PROJECT / name).read_text(encoding="utf-8")


def invocations() -> list[tuple[str, str]]:
    """Where a text says what to type, and the words after `splitboard`."""
    words = [(name, match[1]) for name, text in texts() for match in INVOCATION.finditer(text)]
    typed = [(name, each.split('"')[0] if name.endswith(".py") else each) for name, each in words]
    return [(name, each.strip()) for name, each in typed if each.split()[0] not in NO_COMMANDS]


def commands_of(words: str) -> list[typer.core.TyperCommand]:
    """The commands that these words reach, several where they name alternatives. Raises KeyError for none."""
    first, *rest = ALTERNATIVES.sub("|", words).split()
    app = typer.main.get_command(COMMANDS[first].load().app)
    path = [*COMMANDS[first].passed_on, *rest]
    if not isinstance(app, TyperGroup) or not path:
        return [app]
    if isinstance(app, team._ShowsByDefault) and path[0] not in app.commands:
        path[0] = team.SHOW
    return [app.commands[name] for name in path[0].split("|")]


def options_of(command: typer.core.TyperCommand) -> set[str]:
    """The options of a command."""
    common = {"--help", "--profile", "--quiet"}
    return common | {word for each in command.params for word in (*each.opts, *each.secondary_opts)}


def mistake(words: str) -> str:
    """What a reader who types these words is told is wrong with them; "" where nothing is."""
    try:
        commands = commands_of(words)
    except KeyError as error:
        return f"there is no {error}"
    first = words.split()[0]
    if first in COMMANDS and COMMANDS[first].has_words_of_another:
        words = first
    unknown = set(OPTION.findall(words)).difference(*map(options_of, commands))
    return f"no option {sorted(unknown)}" if unknown else ""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])

    assert left.value.code == 0
    assert f"Usage: splitboard {name} " in capsys.readouterr().out


def test_every_command_that_a_text_names_exists_with_its_options() -> None:
    named = invocations()

    assert [(place, words, mistake(words)) for place, words in named if mistake(words)] == []
    assert len(named) > 100


def test_every_option_that_the_documentation_names_alone_exists() -> None:
    commands = [each for name in COMMANDS for each in subcommands(name)]
    known = set.union(OPTIONS_OF_OTHERS, options_of_the_grader(), *map(options_of, commands))

    named = {match for name, text in texts() if name.endswith(".md") for match in LONE_OPTION.findall(text)}

    assert named - known == set()


def options_of_the_grader() -> set[str]:
    """The options of `python -m grader`."""
    (commands,) = (action for action in parser_of_commands()._actions if action.choices)
    return {option for command in commands.choices.values() for option in command._option_string_actions}


def subcommands(name: str) -> list[typer.core.TyperCommand]:
    """The commands behind one name of the table."""
    app = typer.main.get_command(COMMANDS[name].load().app)
    return list(app.commands.values()) if isinstance(app, TyperGroup) else [app]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("rescoring list hw01", "there is no 'rescoring'"),
        ("rescore begin hw01", "there is no 'begin'"),
        ("rescore start|begin hw01", "there is no 'begin'"),
        ("tidy --aply", "no option ['--aply']"),
        ("team hw01 --receipt FILE", "no option ['--receipt']"),
        ("course clone a b --first-day 2027-01-01", ""),
        ("team invite hw01 bob --json", ""),
    ],
)
def test_a_wrong_word_is_noticed(words: str, complaint: str) -> None:
    assert mistake(words) == complaint
