"""A starter is the simple tier with a way to the server, and needs nothing of ours."""

import ast
import json
from pathlib import Path

import nbformat
import pytest

from baselines.homework import Homework, load_homework
from baselines.starter import Cell, cells, notebook_of, script_of

SIMPLE = '''"""Simple: guess. Expect private RMSE 1.03 +- 0.05 in 0.1 minutes (CPU).

Why guess? Because.
"""

from pathlib import Path

import pandas as pd
from sklearn.dummy import DummyRegressor

from baselines.training import (
    report,
    seed_everything,
)

# Passes over the rows.
EPOCHS = 3


@staticmethod
def fit() -> None:
    """Fit."""
    report(epoch=1, epochs=EPOCHS, loss=0.5)


def predict(public, *, seed, device, dry_run=False):
    seed_everything(seed)
    return pd.DataFrame({"id": [0, 1], "y": [seed, 2]})
'''


@pytest.fixture
def made(tiny: Path) -> list[Cell]:
    (tiny / "simple.py").write_text(SIMPLE)
    return cells(load_homework(tiny))


def test_a_starter_is_valid_python_without_anything_of_ours(made: list[Cell]) -> None:
    tree = ast.parse(script_of(made))

    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert "baselines.training" not in imported
    assert {"fit", "predict", "report", "seed_everything", "ask"} <= {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef)
    }


def test_each_definition_has_a_cell_and_the_head_keeps_its_comments(made: list[Cell]) -> None:
    code = [cell.text for cell in made if cell.kind == "code"]

    assert any(text.endswith("# Passes over the rows.\nEPOCHS = 3") for text in code)
    assert any(text.startswith("@staticmethod\ndef fit()") and "def predict" not in text for text in code)


def test_the_idea_is_told_and_the_scores_of_other_data_are_not(made: list[Cell]) -> None:
    told = "\n".join(cell.text for cell in made if cell.kind == "markdown")

    assert "Simple: guess.\n\nWhy guess? Because." in told
    assert "Expect private" not in script_of(made)
    assert "pip install pandas scikit-learn" in told


def test_a_notebook_is_valid_and_holds_the_same_cells(made: list[Cell]) -> None:
    text = notebook_of(made)

    nbformat.validate(nbformat.reads(text, as_version=4))
    sources = ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
    assert sources == [cell.text.strip("\n") for cell in made]


def test_every_homework_has_a_starter_that_python_can_read(homework: Homework, built: Path) -> None:
    script = (built / "public" / "starter.py").read_text(encoding="utf-8")

    ast.parse(script)
    assert "from baselines" not in script
    assert (built / "public" / "starter.ipynb").read_text(encoding="utf-8") == notebook_of(cells(homework))
