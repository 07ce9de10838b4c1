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
    """The server's answer; when it refuses, stop with the sentence that says why."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/csv"}
    request = Request(SERVER.rstrip("/") + path, data=body, method=method, headers=headers)
    try:
        with urlopen(request, timeout=600) as answer:
            return answer.read()
    except HTTPError as refusal:
        error = json.loads(refusal.read())["error"]
        problems = error.get("details", {}).get("problems", [])
        raise RuntimeError("\\n".join([error["message"], *(each["message"] for each in problems)])) from None


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
    starter = cells(homework)
    (folder / SCRIPT).write_text(script_of(starter), encoding="utf-8")
    (folder / NOTEBOOK).write_text(notebook_of(starter), encoding="utf-8")


def cells(homework: Homework) -> list[Cell]:
    """The cells of a starter, from the settings to the upload."""
    code = standalone_code(homework, "simple")
    device = ON_A_CARD if homework.tier("simple").needs_torch else '"cpu"'
    docstring = ast.get_docstring(ast.parse((homework.folder / "simple.py").read_text(encoding="utf-8")))
    idea = re.sub(EXPECTATION, "", docstring or "")
    introduction = INTRODUCTION.format(title=homework.title, packages=_packages(code.modules))
    return [
        Cell("markdown", introduction),
        Cell("code", SETTINGS),
        Cell("markdown", "## The data\n\nWhat is here already is not fetched again."),
        Cell("code", DOWNLOAD),
        Cell("markdown", f"## The model\n\n{idea}"),
        *(Cell("code", text) for text in code.pieces),
        Cell("markdown", "## Training and predictions"),
        Cell("code", TRAIN.format(device=device)),
        Cell("markdown", "## A look before the upload\n\nThe server looks too; a wrong file costs nothing."),
        Cell("code", CHECK.format(ids=homework.id_column)),
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
