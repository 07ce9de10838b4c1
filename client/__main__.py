"""`splitboard`, and `python -m client`: the one entry point of every command.

It starts at once because it imports nothing but texts: the table (commands/table.py) says which module speaks
each command, and only that one is loaded.
"""

import difflib
import gc
import io
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from client.commands.table import COMMANDS, OPERATIONS, STAFF, STUDENT
from client.language import catalogue
from client.variables import PROFILE, QUIET
from grader.messages import Message, joined, translated

USAGE_ERROR = 2
TITLE = Message("Splitboard, a self-hosted judge for machine-learning courses")
USAGE = Message("Usage: splitboard COMMAND ...")
OF_CHECKING = ("numpy", "pyarrow", "cryptography")  # as the extra "check" of pyproject.toml says
OF_THE_SERVER = ("server", "baselines", "migrations", "benchmarks")  # what a student's machine has not


NOTES = Message(
    """\
`splitboard COMMAND --help` explains one. The students' take --json, --quiet (-q) and --profile NAME, and obey
SPLITBOARD_URL, SPLITBOARD_TOKEN and SPLITBOARD_PROFILE.
Exit status of the students': 0 done; 1 the file is invalid, or a proof fails; 2 not understood; 3 not signed
in or not allowed; 4 a limit is reached or the competition is closed; 5 the server or the network failed; 130
stopped by you."""
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command that `arguments` name (by default the process's own) and leave with its exit status."""
    let_every_text_pass(sys.stdout, sys.stderr)
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("--help", "-h", "help"):
        _print_to_its_end(help_text())
        return
    name, rest = words[0], words[1:]
    if name not in COMMANDS:
        unknown = Message("There is no command '{name}'.", name=name)
        _leave(joined(unknown, _suggestion(name), Message("`splitboard --help` lists them.")))
    command = COMMANDS[name]
    if command.group == STUDENT and not command.has_words_of_another:
        rest = _without_common_options(rest)
    # A module that speaks several commands shows the one that was passed on in its help by itself.
    program = "splitboard" if command.passed_on else f"splitboard {name}"
    try:
        gc.disable()  # what is loaded stays: looking for garbage among it takes a tenth of a server's start
        module = command.load()
        gc.freeze()
        gc.enable()
        module.app([*command.passed_on, *rest], prog_name=program)
    except ModuleNotFoundError as missing:
        _leave(_advice(missing.name or "a library"))


def _without_common_options(words: list[str]) -> list[str]:
    """The words without --profile NAME and --quiet, which students' commands take wherever they stand."""
    end = words.index("--") if "--" in words else len(words)
    ours, rest = words[:end], words[end:]
    left: list[str] = []
    while ours:
        word = ours.pop(0)
        if word in ("--quiet", "-q"):
            os.environ[QUIET] = "1"
        elif word == "--profile" and not ours:
            _leave(Message("--profile needs a name."))
        elif word == "--profile" or word.startswith("--profile="):
            os.environ[PROFILE] = word.partition("=")[2] or ours.pop(0)
        else:
            left.append(word)
    return left + rest


def _print_to_its_end(text: str) -> None:
    """Print a text whose reader may leave before its end, as `head` does."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # What is still in the buffer is written at the exit: to nobody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def let_every_text_pass(*streams: TextIO) -> None:
    """Let streams that are not UTF-8 print a question mark for what they have no sign for.

    Names on a board are in all scripts of the world, and a terminal's or a pipe's encoding may know few.
    """
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
            stream.reconfigure(errors="replace")


def help_text() -> str:
    """The list of all commands, in groups, one line each."""
    texts = catalogue()
    lines = [TITLE.in_language(texts), USAGE.in_language(texts)]
    for group in (STUDENT, STAFF, OPERATIONS):
        lines += ["", Message("{heading}:", heading=group).in_language(texts)]
        lines += [
            f"  {name:16} {one.summary.in_language(texts)}"
            for name, one in COMMANDS.items()
            if one.group == group
        ]
    return "\n".join([*lines, "", NOTES.in_language(texts)])


def _suggestion(name: str) -> str:
    near = difflib.get_close_matches(name, COMMANDS, n=1)
    return Message("Did you mean '{name}'?", name=near[0]) if near else ""


def _advice(missing: str) -> str:
    name = missing.partition(".")[0]
    if name in OF_THE_SERVER:
        return Message("This command belongs to the server, and only the students' part is installed here.")
    if name in OF_CHECKING:
        return Message(
            "What reads files offline is an extra, and {missing} is missing: pip install 'splitboard[check]'",
            missing=name,
        )
    return Message(
        "This command needs {missing}, which is not installed here. In a checkout, the launcher installs it.",
        missing=missing,
    )


def _leave(sentence: str) -> None:
    print(translated(sentence, catalogue()), file=sys.stderr)
    raise SystemExit(USAGE_ERROR)


if __name__ == "__main__":
    main()
