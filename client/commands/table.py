"""The table of every command: what it does, whose it is, and which module speaks it.

It imports nothing but texts. The server's and the worker's modules are named by strings, so a student
installs neither.
"""

import importlib
from dataclasses import dataclass
from types import ModuleType

from grader.messages import Message


@dataclass(frozen=True)
class Command:
    """One command: what it does in a line, whose it is, and the module that speaks it.

    module: its `app` takes the words; one beside this file begins with a dot. passed_on: the words put before
    the caller's own. has_words_of_another: they go to another program, each as it is.
    """

    group: Message
    module: str
    summary: Message
    passed_on: tuple[str, ...] = ()
    has_words_of_another: bool = False

    def load(self) -> ModuleType:
        """The module that speaks it, loaded now."""
        return importlib.import_module(self.module, __package__)


STUDENT, STAFF, OPERATIONS = Message("Students"), Message("Course staff"), Message("Operations")
CLI, SERVER, BASELINES = ".student", "server.commands", "baselines.__main__"
COMMANDS = {
    "login": Command(STUDENT, CLI, Message("sign in and keep a token on this machine"), ("login",)),
    "logout": Command(STUDENT, CLI, Message("forget the token, and end it on the server"), ("logout",)),
    "competitions": Command(STUDENT, CLI, Message("list your courses' competitions"), ("competitions",)),
    "download": Command(STUDENT, CLI, Message("fetch a competition's files, verified"), ("download",)),
    "check": Command(STUDENT, ".check", Message("find every format problem of a file, offline")),
    "submit": Command(STUDENT, ".submit", Message("upload predictions and see score and rank")),
    "submissions": Command(STUDENT, CLI, Message("list your team's submissions"), ("submissions",)),
    "compare": Command(STUDENT, CLI, Message("compare two of your team's submissions"), ("compare",)),
    "file": Command(STUDENT, CLI, Message("fetch a file that your team has sent"), ("file",)),
    "final": Command(STUDENT, CLI, Message("choose a submission for the private board"), ("final",)),
    "code": Command(STUDENT, ".code", Message("hand in code with the final selections")),
    "team": Command(STUDENT, ".team", Message("show your team, invite, accept, name it")),
    "points": Command(STUDENT, ".points", Message("show your points of a course")),
    "notices": Command(STUDENT, ".notices", Message("show what concerns you, choose what comes by mail")),
    "board": Command(STUDENT, CLI, Message("short for leaderboard"), ("board",)),
    "select": Command(STUDENT, CLI, Message("short for final"), ("select",)),
    "files": Command(STUDENT, CLI, Message("short for file"), ("files",)),
    "receipt": Command(STUDENT, ".receipt", Message("fetch the signed receipt of a submission")),
    "completion": Command(STUDENT, ".completion", Message("print what lets your shell complete commands")),
    "leaderboard": Command(STUDENT, CLI, Message("show the public or the private board"), ("leaderboard",)),
    "kaggle": Command(
        STUDENT,
        ".kaggle",
        Message("run Kaggle's own client against your course's server"),
        has_words_of_another=True,
    ),
    "verify": Command(STUDENT, ".verify", Message("check a receipt, or the promise of an answer key")),
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
    "import-competition": Command(
        STAFF, f"{SERVER}.setup.import_foreign", Message("draft a competition of Kaggle or Codabench")
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
    "load": Command(
        OPERATIONS, "benchmarks.load.command", Message("play a whole course's load, and measure the server")
    ),
}
