"""`splitboard completion SHELL`: a script by which a shell completes commands, options and files."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated

import typer
from typer.core import TyperGroup
from typer.main import get_command

from client.commands.application import Application
from client.commands.table import COMMANDS, STUDENT
from grader.messages import Message

app = Application()
GLOBAL = ("--help", "--json", "--profile", "--quiet")
Words = Mapping[str, Sequence[str]]  # what may follow each command


class Shell(StrEnum):
    """A shell that completes by such a script."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@app.command()
def completion(
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help=Message("bash, zsh or fish."))],
) -> None:
    """Print a script that completes commands, options and files; a shell reads it at its start.

    bash: add `eval "$(splitboard completion bash)"` to ~/.bashrc; zsh, the same to ~/.zshrc.
    fish: splitboard completion fish > ~/.config/fish/completions/splitboard.fish
    """
    print(SCRIPTS[shell](words_after()), end="")


def words_after() -> Words:
    """The commands by their names, with the options and commands that may follow those of students."""
    return {name: _words_of(name) if one.group == STUDENT else () for name, one in COMMANDS.items()}


def _words_of(name: str) -> list[str]:
    command = get_command(COMMANDS[name].load().app)
    for part in COMMANDS[name].passed_on:
        if isinstance(command, TyperGroup):
            command = command.commands[part]
    options = {word for each in command.params for word in each.opts if word.startswith("--")}
    subcommands = sorted(command.commands) if isinstance(command, TyperGroup) else []
    return [*subcommands, *sorted(options | set(GLOBAL))]


def _for_bash(words: Words) -> str:
    cases = "\n".join(
        f'        {name}) words="{" ".join(after)}" ;;' for name, after in words.items() if after
    )
    return f"""\
_splitboard() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" words=""
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "{" ".join(words)}" -- "$word"))
        return
    fi
    case "${{COMP_WORDS[1]}}" in
{cases}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o default -F _splitboard splitboard
"""


def _for_zsh(words: Words) -> str:
    return "autoload -U +X bashcompinit && bashcompinit\n" + _for_bash(words)


def _for_fish(words: Words) -> str:
    lines = [f"complete -c splitboard -f -n __fish_use_subcommand -a '{' '.join(words)}'"]
    for name, after in words.items():
        seen = f"complete -c splitboard -n '__fish_seen_subcommand_from {name}'"
        lines += [f"{seen} -l {word[2:]}" if word.startswith("--") else f"{seen} -a {word}" for word in after]
    return "\n".join(lines) + "\n"


SCRIPTS: dict[Shell, Callable[[Words], str]] = {
    Shell.BASH: _for_bash,
    Shell.ZSH: _for_zsh,
    Shell.FISH: _for_fish,
}
