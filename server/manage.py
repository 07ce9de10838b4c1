"""The command line of an installation: serve, migrate, people, homeworks, grades, and the demonstration.

Only the module of the command that was asked for is imported, so that each starts as fast as it can.
"""

import importlib
import sys

import typer

COMMANDS = {
    "demo": ("trial.demo", "A living course in the browser, to look around in."),
    "serve": ("operations.serve", "A server for a real course, with a worker beside it."),
    "migrate": ("operations.migrate", "Bring the database to the newest schema."),
    "user": ("setup.user", "Add a user, give a new password, hand out or delete their data."),
    "course": ("setup.course", "Add a course or a member, clone it for a new term, archive it."),
    "competition": ("setup.competition", "Clone a competition, archive it."),
    "roster": ("setup.roster", "Compare a roster file with a course, and import it."),
    "import-homework": ("setup.import_homework", "Make a competition of a homework folder."),
    "import-course": ("setup.import_course", "Make competitions of all homework folders."),
    "worker-token": ("operations.worker_token", "A token for a worker on another machine."),
    "grades": ("staff.grades", "Write a competition's grades to a CSV file."),
    "look-alikes": ("staff.look_alikes", "Compare all teams' files with each other, for staff."),
    "rescore": ("staff.rescore", "Grade again under another answer key or metric."),
    "standings": ("operations.standings", "Compare the kept standings with the submissions."),
    "receipt-key": ("operations.receipt_key", "Show or change the key that signs receipts."),
    "tidy": ("operations.tidy", "Remove stored files that nothing refers to."),
    "sandbox": ("operations.sandbox", "What keeps custom metrics from this machine, tried out."),
    "simulate": ("trial.simulate", "Let a course's students submit, for a trial."),
}


def main(arguments: list[str]) -> None:
    """Run one command with its arguments; without a known one, list them."""
    name = arguments[0] if arguments else ""
    if name not in COMMANDS:
        list_commands(name)
    module = importlib.import_module(f"server.commands.{COMMANDS[name][0]}")
    module.app(args=arguments[1:], prog_name=f"splitboard {name}")


def list_commands(name: str) -> None:
    """Say which commands there are, and leave: with status 0 when help was asked for, 2 otherwise."""
    asked_for_help = name in ("", "-h", "--help")
    if not asked_for_help:
        typer.echo(f"There is no command '{name}'.", err=True)
    lines = [f"  {known:16} {summary}" for known, (_, summary) in COMMANDS.items()]
    typer.echo("\n".join(["Commands of an installation:", *lines]), err=not asked_for_help)
    raise SystemExit(0 if asked_for_help else 2)


if __name__ == "__main__":
    main(sys.argv[1:])
