"""What a student starts from: the simple tier as a script and as a notebook that ends with the upload.

Both are made of the same cells when the data are built, and need nothing of ours: NumPy, pandas, what the
tier imports, and the standard library for the way to the server. They run on a laptop and on Colab.
"""

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path

from baselines.homework import Homework
from baselines.starter_code import standalone_code

SCRIPT, NOTEBOOK = "starter.py", "starter.ipynb"
PACKAGES = {
    "numpy": "numpy",
    "pandas": "pandas",
    "PIL": "pillow",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "torch": "torch",
}  # by the name under which each is imported
ON_A_CARD = '"cuda" if torch.cuda.is_available() else "cpu"'
EXPECTATION = r" Expect private[^()]*\(CPU\)\."  # the figures of the demonstration data are not a course's

INTRODUCTION = """\
# {title}

This is the **simple** tier of the homework, ready to run: it downloads the data, unless they lie beside it,
trains, writes a file of predictions and submits it. Change it, and climb.

You need a token of your own: sign in on the course's server, open *Account*, make an API token. It runs on
Colab as it is, and on a laptop with Python 3.11 or newer and these packages:

    pip install {packages}
"""
SETTINGS = """\
import hashlib
import json
import os
import sys
from getpass import getpass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import pandas as pd

try:
    import splitboard  # the package from the page Command line, where it is installed
    from splitboard import ClientError
except ImportError:
    splitboard = None  # then the lines below do the same

SERVER = os.environ.get("SPLITBOARD_URL", "https://ml.example.edu").rstrip("/")  # your course's server
COMPETITION = os.environ.get("SPLITBOARD_COMPETITION", "your-competition")  # as in the page's address
LANGUAGE = "en-x-yours"  # of the server's answers
os.environ.setdefault("SPLITBOARD_LANGUAGE", LANGUAGE)
HERE = Path(__file__).resolve().parent if "__file__" in globals() else Path()
DATA = HERE if (HERE / "sample_submission.csv").exists() else Path("data", COMPETITION)
TOKEN = os.environ.get("SPLITBOARD_TOKEN", "").strip()
if not TOKEN and ("__file__" not in globals() or sys.stdin.isatty()):
    TOKEN = getpass("API token (Enter: do not submit): ").strip()
"""
DOWNLOAD = '''\
class Directly(HTTPRedirectHandler):
    """Follow nobody: a POST that is sent on would arrive as a GET, and the token with it at another place."""

    def redirect_request(self, *_):
        return None


IS_HERE = urlsplit(SERVER).hostname in ("localhost", "127.0.0.1", "::1")  # no proxy reaches this machine
OPENER = build_opener(Directly, *([ProxyHandler({})] if IS_HERE else []))


def ask(method, path, body=None):
    """The server's answer; when it refuses, stop with the sentence that says why."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/csv", "Accept-Language": LANGUAGE}
    request = Request(SERVER + path, data=body, method=method, headers=headers)
    try:
        with OPENER.open(request, timeout=600) as answer:
            return answer.read()
    except HTTPError as refusal:
        raise SystemExit(reason_of(refusal)) from None
    except (URLError, OSError) as fault:
        reason = getattr(fault, "reason", fault)
        words = f"No answer from {SERVER}: {reason}. Check the address and the connection."
        raise SystemExit(words) from None


def reason_of(refusal):
    """Why the server refuses, in its own words; somebody in between answers in others."""
    if refusal.headers.get("Location"):
        return f"{SERVER} sends us on to {refusal.headers['Location']}: set SERVER to that server's address."
    try:
        error = json.loads(refusal.read())["error"]
        problems = error["details"].get("problems", [])
        return "\\n".join([error["message"], *(each["message"] for each in problems)])
    except (ValueError, KeyError, TypeError):
        words = f"{SERVER} has answered {refusal.code} {refusal.reason}"
    if refusal.code == 413:
        return f"{words}: something before the server takes no file of this size. Tell the course staff."
    return f"{words}, without an explanation. Try again in a minute."


def json_of(data):
    """The server's answer as JSON; stop where something else has answered."""
    try:
        return json.loads(data)
    except ValueError:
        raise SystemExit(
            f"Something else than a Splitboard server answered at {SERVER}: a network that asks you to sign "
            "in first does so, or the address is wrong."
        ) from None


def by_package(call, *words):
    """What the package answers; when it refuses, stop with the sentence that says why."""
    try:
        return call(COMPETITION, *words, server=SERVER, token=TOKEN)
    except ClientError as refusal:
        raise SystemExit(str(refusal)) from None


def is_here(file, place):
    """Whether the file of the server's list is in its place, byte for byte."""
    return place.exists() and hashlib.sha256(place.read_bytes()).hexdigest() == file["sha256"]


if not TOKEN and not (DATA / "sample_submission.csv").exists():
    raise SystemExit("The data are not here; to fetch them takes an API token, which the page Account makes.")
if TOKEN and splitboard:
    by_package(splitboard.download, DATA)
is_missing = TOKEN and not splitboard
files = json_of(ask("GET", f"/api/competitions/{COMPETITION}/files"))["files"] if is_missing else []
for file in files:
    place = DATA / file["name"]
    if file["name"] in ("starter.py", "starter.ipynb") or is_here(file, place):
        continue
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(ask("GET", f"/api/competitions/{COMPETITION}/files/{quote(file['name'])}"))
    if not is_here(file, place):
        place.unlink()
        raise SystemExit(f"{file['name']} was damaged on its way. Run this again.")
    print(f"fetched {place}, bytes: {file['size']}")
'''
TRAIN = """\
predictions = predict(DATA, seed=0, device={device})
predictions.to_csv("predictions.csv", index=False)
predictions.head()
"""
CHECK = """\
sample = pd.read_csv(DATA / "sample_submission.csv", dtype=str)
assert set(predictions.columns) == set(sample.columns), "the columns are not those of the sample"
assert set(predictions["{ids}"].astype(str)) == set(sample["{ids}"]), "the ids are not those of the sample"
"""
SUBMIT = '''\
if not TOKEN:
    raise SystemExit(
        "predictions.csv is written, and not sent without an API token. The page to submit it on is "
        f"{SERVER}/competitions/{COMPETITION}/submit"
    )


def send():
    """Send predictions.csv and say what it comes to."""
    body = Path("predictions.csv").read_bytes()
    path = f"/api/competitions/{COMPETITION}/submissions?file_name=predictions.csv"
    receipt = json_of(ask("POST", path, body))
    if receipt["repeated"]:
        print("Your team sent this very file before: this is that result, and no submission was used.")
    if receipt["state"] == "received":
        print(f"safe with the server and still being scored; see {SERVER}/submissions/{receipt['id']}")
    else:
        print(f"public score: {receipt['public_score']}")
        if receipt["rank"] is None:
            print("public rank: none")
        else:
            print(f"public rank: {receipt['rank']} of {receipt['teams']}")
        tiers = ", ".join(receipt["tiers_passed"]) or "none yet"
        print(f"tiers passed: {tiers}")
    if receipt["is_trial"]:
        print("trial: it counts nowhere")
    elif receipt["is_practice"]:
        print("practice: it counts nowhere")
    elif receipt["is_late"]:
        print("late: it counts on neither board")
    print(f"submissions left today: {receipt['today']['left']}")


if splitboard:
    print(by_package(splitboard.submit, "predictions.csv"))
else:
    send()
'''


@dataclass(frozen=True)
class Cell:
    """A piece of a starter: kind is "markdown" or "code"."""

    kind: str
    text: str


def write_starters(homework: Homework, folder: Path) -> None:
    """Write starter.py and starter.ipynb of the homework into the folder of its public files."""
    starter = cells(homework)
    (folder / SCRIPT).write_text(script_of(starter), encoding="utf-8")
    (folder / NOTEBOOK).write_text(notebook_of(starter), encoding="utf-8")


def cells(homework: Homework) -> list[Cell]:
    """The cells of a starter, from the settings to the upload."""
    code = standalone_code(homework, "simple")
    device = ON_A_CARD if homework.tier("simple").needs_torch else '"cpu"'
    docstring = ast.get_docstring(ast.parse((homework.folder / "simple.py").read_text(encoding="utf-8")))
    return framed(
        code.pieces,
        title=homework.title,
        packages=_packages(code.modules),
        idea=re.sub(EXPECTATION, "", docstring or ""),
        device=device,
        ids=homework.id_column,
    )


def framed(pieces: list[str], *, title: str, packages: str, idea: str, device: str, ids: str) -> list[Cell]:
    """The cells of a starter around the pieces of its tier's code. device: the code that chooses one."""
    return [
        Cell("markdown", INTRODUCTION.format(title=title, packages=packages)),
        Cell("code", SETTINGS),
        Cell("markdown", "## The data\n\nWhat is here already is not fetched again."),
        Cell("code", DOWNLOAD),
        Cell("markdown", f"## The model\n\n{idea}"),
        *(Cell("code", text) for text in pieces),
        Cell("markdown", "## Training and predictions"),
        Cell("code", TRAIN.format(device=device)),
        Cell("markdown", "## A look before the upload\n\nThe server looks too; a wrong file costs nothing."),
        Cell("code", CHECK.format(ids=ids)),
        Cell("markdown", "## Submit\n\nThis takes one of your submissions of today."),
        Cell("code", SUBMIT),
    ]


def script_of(starter: list[Cell]) -> str:
    """The cells as one Python file, text as comments."""
    parts = []
    for cell in starter:
        if cell.kind == "code":
            parts.append(cell.text.strip("\n"))
        else:
            parts.append("\n".join(f"# {line}".rstrip() for line in cell.text.strip("\n").splitlines()))
    return "\n\n\n".join(parts) + "\n"


def notebook_of(starter: list[Cell]) -> str:
    """The cells as a Jupyter notebook of format 4.5, as JSON; the same cells give the same text."""
    notebook = {
        "cells": [_notebook_cell(number, cell) for number, cell in enumerate(starter)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _notebook_cell(number: int, cell: Cell) -> dict[str, object]:
    notebook_cell: dict[str, object] = {
        "cell_type": cell.kind,
        "id": f"cell-{number}",
        "metadata": {},
        "source": cell.text.strip("\n").splitlines(keepends=True),
    }
    return notebook_cell | ({"execution_count": None, "outputs": []} if cell.kind == "code" else {})


def _packages(modules: set[str]) -> str:
    """What pip installs for code that imports these modules, in one line."""
    return " ".join(package for name, package in PACKAGES.items() if name in modules | {"pandas"})
