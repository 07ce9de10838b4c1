"""What a student starts from: the simple tier as a script and as a notebook that ends with the upload.

Both are made of the same cells when the data are built, and need nothing of ours: NumPy, pandas, what the
tier imports, and the standard library for the way to the server. They run on a laptop and on Colab.
"""

import ast
import inspect
import json
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeGuard

from baselines import training
from baselines.homework import Homework

SCRIPT, NOTEBOOK = "starter.py", "starter.ipynb"
SHARED = "baselines.training"  # whose functions are written out in the starter
PACKAGES = {
    "numpy": "numpy",
    "pandas": "pandas",
    "PIL": "pillow",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "torch": "torch",
}  # by the name under which each is imported
NEEDS = {
    "seed_everything": ("import random", "import sys", "import numpy as np"),
    "half_precision": ("import contextlib", "import sys", "from typing import Any"),
    "compiled": ("import sys", "from typing import Any"),
}  # what the functions of baselines.training use
REPORT = '''\
def report(*, epoch, epochs, loss, score=None):
    """Say how far the training is."""
    held_out = "" if score is None else f", score {score:.4f}"
    print(f"epoch {epoch}/{epochs}: loss {loss:.4f}{held_out}")
'''

ON_A_CARD = '"cuda" if torch.cuda.is_available() else "cpu"'
EXPECTATION = r" Expect private[^()]*\(CPU\)\."  # the figures of the demonstration data are not a course's

INTRODUCTION = """\
# {title}

This is the **simple** tier of the homework, ready to run: it downloads the data, trains, writes a file of
predictions and submits it. Change it, and climb.

You need a token of your own: sign in on the course's server, open *Account*, make an API token. It runs on a
laptop with Python 3.11 or newer (`pip install {packages}`), and on Colab as it is.
"""
SETTINGS = """\
import json
import os
from getpass import getpass
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pandas as pd

SERVER = os.environ.get("SPLITBOARD_URL", "https://ml.example.edu")  # your course's server
COMPETITION = os.environ.get("SPLITBOARD_COMPETITION", "your-competition")  # as in the page's address
TOKEN = os.environ.get("SPLITBOARD_TOKEN") or getpass("API token: ")
DATA = Path("data", COMPETITION)
"""
DOWNLOAD = '''\
def ask(method, path, body=None):
    """Return the server's answer; when it refuses, stop with the sentence that says why."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/csv"}
    request = Request(SERVER.rstrip("/") + path, data=body, method=method, headers=headers)
    try:
        with urlopen(request, timeout=600) as answer:
            return answer.read()
    except HTTPError as refusal:
        told = json.loads(refusal.read())["error"]
        problems = told.get("details", {}).get("problems", [])
        raise RuntimeError("\\n".join([told["message"], *(each["message"] for each in problems)])) from None


for file in json.loads(ask("GET", f"/api/competitions/{COMPETITION}/files"))["files"]:
    place = DATA / file["name"]
    if not place.exists() or place.stat().st_size != file["size"]:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(ask("GET", f"/api/competitions/{COMPETITION}/files/{quote(file['name'])}"))
    print(place, file["size"], "bytes")
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
SUBMIT = """\
body = Path("predictions.csv").read_bytes()
path = f"/api/competitions/{COMPETITION}/submissions?file_name=predictions.csv"
receipt = json.loads(ask("POST", path, body))
if receipt["state"] == "received":
    print("safe with the server and still being scored; see", SERVER + receipt["url"])
else:
    print("public score:", receipt["public_score"], " rank:", receipt["rank"], "of", receipt["teams"])
    print("tiers passed:", ", ".join(receipt["tiers_passed"]) or "none yet")
print("submissions left today:", receipt["today"]["left"])
"""


@dataclass(frozen=True)
class Cell:
    """A piece of a starter: kind is "markdown" or "code"."""

    kind: str
    text: str


def write_starters(homework: Homework, folder: Path) -> None:
    """Write starter.py and starter.ipynb of the homework into the folder of its public files."""
    made = cells(homework)
    (folder / SCRIPT).write_text(script_of(made), encoding="utf-8")
    (folder / NOTEBOOK).write_text(notebook_of(made), encoding="utf-8")


def cells(homework: Homework) -> list[Cell]:
    """Return the cells of a starter, from the settings to the upload."""
    source = (homework.folder / "simple.py").read_text(encoding="utf-8")
    tree = ast.parse(source)
    device = ON_A_CARD if homework.tier("simple").needs_torch else '"cpu"'
    idea = re.sub(EXPECTATION, "", ast.get_docstring(tree) or "")
    introduction = INTRODUCTION.format(title=homework.title, packages=_packages(tree))
    return [
        Cell("markdown", introduction),
        Cell("code", SETTINGS),
        Cell("markdown", "## The data\n\nWhat is here already is not fetched again."),
        Cell("code", DOWNLOAD),
        Cell("markdown", f"## The model\n\n{idea}"),
        *(Cell("code", text) for text in _model(source, tree)),
        Cell("markdown", "## Training and predictions"),
        Cell("code", TRAIN.format(device=device)),
        Cell("markdown", "## A look before the upload\n\nThe server looks too; a wrong file costs nothing."),
        Cell("code", CHECK.format(ids=homework.id_column)),
        Cell("markdown", "## Submit\n\nThis takes one of your submissions of today."),
        Cell("code", SUBMIT),
    ]


def script_of(made: list[Cell]) -> str:
    """Return the cells as one Python file, text as comments."""
    parts = []
    for cell in made:
        if cell.kind == "code":
            parts.append(cell.text.strip("\n"))
        else:
            parts.append("\n".join(f"# {line}".rstrip() for line in cell.text.strip("\n").splitlines()))
    return "\n\n\n".join(parts) + "\n"


def notebook_of(made: list[Cell]) -> str:
    """Return the cells as a Jupyter notebook of format 4.5, as JSON; the same cells give the same text."""
    notebook = {
        "cells": [_notebook_cell(number, cell) for number, cell in enumerate(made)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _notebook_cell(number: int, cell: Cell) -> dict[str, object]:
    told: dict[str, object] = {
        "cell_type": cell.kind,
        "id": f"cell-{number}",
        "metadata": {},
        "source": cell.text.strip("\n").splitlines(keepends=True),
    }
    return told | ({"execution_count": None, "outputs": []} if cell.kind == "code" else {})


def _model(source: str, tree: ast.Module) -> list[str]:
    """Return the tier's own code in pieces: what it shares with others, its head, then each definition."""
    lines = source.splitlines()
    body = tree.body[1:] if ast.get_docstring(tree) is not None else tree.body
    shared = [name.name for node in body if _is_shared(node) for name in node.names]
    for node in filter(_is_shared, body):
        lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    starts = [_first_line(node) for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    cuts = [body[0].lineno, *starts, len(lines) + 1]
    pieces = ["\n".join(lines[start - 1 : end - 1]).strip("\n") for start, end in pairwise(cuts)]
    return [_helpers(shared), *(re.sub(r"\n{3,}", "\n\n", piece) for piece in pieces)]


def _is_shared(node: ast.stmt) -> TypeGuard[ast.ImportFrom]:
    return isinstance(node, ast.ImportFrom) and node.module == SHARED


def _first_line(node: ast.FunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _helpers(names: list[str]) -> str:
    """Return the functions of baselines.training that the tier uses, as a student can run them."""
    modules = sorted({module for name in names for module in NEEDS.get(name, ())})
    sources = [REPORT if name == "report" else inspect.getsource(getattr(training, name)) for name in names]
    imports = "\n".join(modules)
    return "\n\n\n".join([imports, *(each.strip("\n") for each in sources)]).strip("\n")


def _packages(tree: ast.Module) -> str:
    """Return what pip installs for this tier, in one line."""
    imported = {"pandas"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).split(".")[0])
    return " ".join(package for name, package in PACKAGES.items() if name in imported)
