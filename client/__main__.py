"""`splitboard`, and `python -m client`: the one entry point of every command.

It starts at once because it imports nothing: the table below says which module speaks each command, and only
that one is loaded. The server's and the worker's are run by name, so a student installs neither.
"""

import difflib
import importlib
import importlib.util
import runpy
import sys
from collections.abc import Sequence
from dataclasses import dataclass

USAGE_ERROR = 2
TORCH = "torch"


@dataclass(frozen=True)
class Command:
    """One command: what it does in a line, whose it is, and the module that speaks it.

    passed_on: the words put before the caller's own arguments.
    """

    group: str
    module: str
    summary: str
    passed_on: tuple[str, ...] = ()


STUDENT, STAFF, OPERATIONS = "Students", "Course staff", "Operations"
TEAM = "client.commands.team"
CLI, CHECK = "client.commands.student", "client.commands.check"
MANAGE, BASELINES = "server.manage", "baselines"
VERIFY = "client.commands.verify"
COMMANDS = {
    "login": Command(STUDENT, CLI, "sign in and keep a token on this machine", ("login",)),
    "logout": Command(STUDENT, CLI, "forget the token, and end it on the server", ("logout",)),
    "competitions": Command(STUDENT, CLI, "list your courses' competitions", ("competitions",)),
    "download": Command(STUDENT, CLI, "fetch a competition's files, verified", ("download",)),
    "check": Command(STUDENT, CHECK, "find every format problem of a file, offline"),
    "submit": Command(STUDENT, CLI, "upload predictions and see score and rank", ("submit",)),
    "submissions": Command(STUDENT, CLI, "list your team's submissions", ("submissions",)),
    "final": Command(STUDENT, CLI, "choose a submission for the private board", ("final",)),
    "team": Command(STUDENT, TEAM, "show your team, invite, accept, name it"),
    "leaderboard": Command(STUDENT, CLI, "show the public or the private board", ("leaderboard",)),
    "verify": Command(STUDENT, VERIFY, "check a receipt, or the promise of an answer key"),
    "user": Command(STAFF, MANAGE, "add people and change their passwords", ("user",)),
    "course": Command(STAFF, MANAGE, "add courses and their members", ("course",)),
    "roster": Command(STAFF, MANAGE, "compare a roster with a course and import it", ("roster",)),
    "import-homework": Command(STAFF, MANAGE, "open a homework as a competition", ("import-homework",)),
    "import-course": Command(STAFF, MANAGE, "open all homeworks, from a first day on", ("import-course",)),
    "build": Command(STAFF, BASELINES, "generate a homework's data and answer key", ("build",)),
    "train": Command(STAFF, BASELINES, "train one tier here, without a server", ("train",)),
    "baselines": Command(STAFF, BASELINES, "run, watch, check and measure the baselines"),
    "grades": Command(STAFF, MANAGE, "export points and scores as CSV", ("grades",)),
    "demo": Command(OPERATIONS, MANAGE, "start a living course to look around in", ("demo",)),
    "serve": Command(OPERATIONS, MANAGE, "run the server", ("serve",)),
    "worker": Command(OPERATIONS, BASELINES, "train baselines for a server, on this machine", ("worker",)),
    "worker-token": Command(OPERATIONS, MANAGE, "make a token for a worker elsewhere", ("worker-token",)),
    "migrate": Command(OPERATIONS, MANAGE, "bring the database to this version", ("migrate",)),
    "standings": Command(OPERATIONS, MANAGE, "compare standings with submissions", ("standings",)),
    "receipt-key": Command(OPERATIONS, MANAGE, "show or change the key of receipts", ("receipt-key",)),
    "sandbox": Command(OPERATIONS, MANAGE, "try what keeps custom metrics from this machine", ("sandbox",)),
    "simulate": Command(OPERATIONS, MANAGE, "let a course of made-up students submit", ("simulate",)),
}
NOTES = """\
`splitboard COMMAND --help` explains one. The students' take --json and obey SPLITBOARD_URL, SPLITBOARD_TOKEN.
Exit status of the students': 0 done; 1 the file is invalid, or a proof fails; 2 not understood; 3 not signed
in or not allowed; 4 a limit is reached or the competition is closed; 5 the server or the network failed; 130
stopped by you."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command that `arguments` name (by default the process's own) and leave with its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("--help", "-h", "help"):
        print(help_text())
        return
    name, rest = words[0], words[1:]
    if name not in COMMANDS:
        _leave(f"There is no command '{name}'.{_suggestion(name)} `splitboard --help` lists them.")
    command = COMMANDS[name]
    if command.module.startswith("client."):
        # `check` and `verify` are alone in their modules: not passed on, but shown in their help.
        program = "splitboard" if command.passed_on else f"splitboard {name}"
        importlib.import_module(command.module).app([*command.passed_on, *rest], prog_name=program)
    else:
        run_foreign(command, rest)


def run_foreign(command: Command, rest: list[str]) -> None:
    """Run a module as the main program, or say what to install where a student's installation lacks it."""
    sys.argv = ["splitboard", *command.passed_on, *rest]
    try:
        if importlib.util.find_spec(command.module) is None:
            _leave(_advice(command.module))
        runpy.run_module(command.module, run_name="__main__", alter_sys=True)
    except ModuleNotFoundError as missing:
        _leave(_advice(missing.name or "a library"))


def help_text() -> str:
    """Return the list of all commands, in groups, one line each."""
    lines = ["Splitboard, a self-hosted judge for machine-learning courses", "Usage: splitboard COMMAND ..."]
    for group in (STUDENT, STAFF, OPERATIONS):
        lines += ["", f"{group}:"]
        lines += [f"  {name:16} {one.summary}" for name, one in COMMANDS.items() if one.group == group]
    return "\n".join([*lines, "", NOTES])


def _suggestion(name: str) -> str:
    near = difflib.get_close_matches(name, COMMANDS, n=1)
    return f" Did you mean '{near[0]}'?" if near else ""


def _advice(missing: str) -> str:
    extra = "worker" if missing.partition(".")[0] == TORCH else "server"
    return f"This command needs the {extra} extra ({missing} is missing): pip install 'splitboard[{extra}]'"


def _leave(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    raise SystemExit(USAGE_ERROR)


if __name__ == "__main__":
    main()
