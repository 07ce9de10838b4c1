"""`splitboard`, and `python -m client`: the one entry point and the one table of every command.

It starts at once because it imports nothing but texts: the table below says which module speaks each
command, and only that one is loaded. The server's and the worker's are named by strings, so a student
installs neither.
"""

import difflib
import gc
import importlib
import io
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TextIO

from client.language import catalogue
from grader.messages import Message, joined, translated

USAGE_ERROR = 2
TITLE = Message("Splitboard, a self-hosted judge for machine-learning courses")
USAGE = Message("Usage: splitboard COMMAND ...")
OF_CHECKING = ("numpy", "pyarrow", "cryptography")  # as the extra "check" of pyproject.toml says
OF_THE_SERVER = ("server", "baselines", "migrations", "benchmarks")  # what a student's machine has not


@dataclass(frozen=True)
class Command:
    """One command: what it does in a line, whose it is, and the module that speaks it.

    module: its `app` takes the words; one of ours begins with a dot. passed_on: the words put before the
    caller's own.
    """

    group: Message
    module: str
    summary: Message
    passed_on: tuple[str, ...] = ()

    def load(self) -> ModuleType:
        """The module that speaks it, loaded now."""
        return importlib.import_module(self.module, __package__)


STUDENT, STAFF, OPERATIONS = Message("Students"), Message("Course staff"), Message("Operations")
CLI, SERVER, BASELINES = ".commands.student", "server.commands", "baselines.__main__"
COMMANDS = {
    "login": Command(STUDENT, CLI, Message("sign in and keep a token on this machine"), ("login",)),
    "logout": Command(STUDENT, CLI, Message("forget the token, and end it on the server"), ("logout",)),
    "competitions": Command(STUDENT, CLI, Message("list your courses' competitions"), ("competitions",)),
    "download": Command(STUDENT, CLI, Message("fetch a competition's files, verified"), ("download",)),
    "check": Command(STUDENT, ".commands.check", Message("find every format problem of a file, offline")),
    "submit": Command(STUDENT, ".commands.submit", Message("upload predictions and see score and rank")),
    "submissions": Command(STUDENT, CLI, Message("list your team's submissions"), ("submissions",)),
    "compare": Command(STUDENT, CLI, Message("compare two of your team's submissions"), ("compare",)),
    "file": Command(STUDENT, CLI, Message("fetch a file that your team has sent"), ("file",)),
    "final": Command(STUDENT, CLI, Message("choose a submission for the private board"), ("final",)),
    "code": Command(STUDENT, ".commands.code", Message("hand in code with the final selections")),
    "team": Command(STUDENT, ".commands.team", Message("show your team, invite, accept, name it")),
    "points": Command(STUDENT, ".commands.points", Message("show your points of a course")),
    "notices": Command(
        STUDENT, ".commands.notices", Message("show what concerns you, choose what comes by mail")
    ),
    "leaderboard": Command(STUDENT, CLI, Message("show the public or the private board"), ("leaderboard",)),
    "kaggle": Command(
        STUDENT, ".commands.kaggle", Message("run Kaggle's own client against your course's server")
    ),
    "verify": Command(
        STUDENT, ".commands.verify", Message("check a receipt, or the promise of an answer key")
    ),
    "user": Command(
        STAFF, f"{SERVER}.setup.user", Message("add people, change passwords, hand out or erase data")
    ),
    "course": Command(
        STAFF, f"{SERVER}.setup.course", Message("add courses and members, clone and archive them")
    ),
    "roster": Command(
        STAFF, f"{SERVER}.setup.roster", Message("compare a roster with a course and import it")
    ),
    "import-homework": Command(
        STAFF, f"{SERVER}.setup.import_homework", Message("open a homework as a competition")
    ),
    "import-course": Command(
        STAFF, f"{SERVER}.setup.import_course", Message("open all homeworks, from a first day on")
    ),
    "competition": Command(STAFF, f"{SERVER}.setup.competition", Message("clone a competition, archive it")),
    "build": Command(STAFF, BASELINES, Message("generate a homework's data and answer key"), ("build",)),
    "train": Command(STAFF, BASELINES, Message("train one tier here, without a server"), ("train",)),
    "baselines": Command(STAFF, BASELINES, Message("run, watch, check and measure the baselines")),
    "rescore": Command(
        STAFF, f"{SERVER}.staff.rescore", Message("grade again under another answer key or metric")
    ),
    "grades": Command(STAFF, f"{SERVER}.staff.grades", Message("export points and scores as CSV")),
    "look-alikes": Command(
        STAFF, f"{SERVER}.staff.look_alikes", Message("compare all teams' files with each other")
    ),
    "demo": Command(OPERATIONS, f"{SERVER}.trial.demo", Message("start a living course to look around in")),
    "serve": Command(OPERATIONS, f"{SERVER}.operations.serve", Message("run the server")),
    "worker": Command(
        OPERATIONS, BASELINES, Message("train baselines for a server, on this machine"), ("worker",)
    ),
    "worker-token": Command(
        OPERATIONS, f"{SERVER}.operations.worker_token", Message("make a token for a worker elsewhere")
    ),
    "migrate": Command(
        OPERATIONS, f"{SERVER}.operations.migrate", Message("bring the database to this version")
    ),
    "standings": Command(
        OPERATIONS, f"{SERVER}.operations.standings", Message("compare standings with submissions")
    ),
    "receipt-key": Command(
        OPERATIONS, f"{SERVER}.operations.receipt_key", Message("show or change the key of receipts")
    ),
    "lti": Command(
        OPERATIONS, f"{SERVER}.operations.lti", Message("register Canvas, Moodle and other platforms")
    ),
    "tidy": Command(
        OPERATIONS, f"{SERVER}.operations.tidy", Message("remove stored files that nothing refers to")
    ),
    "sandbox": Command(
        OPERATIONS, f"{SERVER}.operations.sandbox", Message("try what keeps custom metrics from this machine")
    ),
    "simulate": Command(
        OPERATIONS, f"{SERVER}.trial.simulate", Message("let a course of made-up students submit")
    ),
    "pages": Command(
        OPERATIONS, "benchmarks.pages", Message("measure every page of the demonstration, in a browser")
    ),
}
NOTES = Message(
    """\
`splitboard COMMAND --help` explains one. The students' take --json and obey SPLITBOARD_URL, SPLITBOARD_TOKEN.
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
