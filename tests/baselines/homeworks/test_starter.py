"""A starter is the simple tier with a way to the server, and needs nothing of ours."""

import ast
import json
from pathlib import Path

import nbformat
import pytest

from baselines.homework import Homework, HomeworkError, load_homework
from baselines.starter import Cell, cells, notebook_of, script_of
from baselines.starter_code import used_names

SIMPLE = '''"""Simple: guess. Expect private RMSE 1.03 +- 0.05 in 0.1 minutes (CPU).

Why guess? Because.
"""

from pathlib import Path

import pandas as pd

from baselines.training import (
    report,
    seed_everything,
)

from .shared import Sizes, regressor

# Passes over the rows.
EPOCHS = 3
SMALL = Sizes(width=4)


@staticmethod
def fit() -> None:
    """Fit."""
    report(epoch=1, epochs=EPOCHS, loss=0.5)


def predict(public, *, seed, device, dry_run=False):
    seed_everything(seed)
    regressor(SMALL)
    return pd.DataFrame({"id": [0, 1], "y": [seed, 2]})
'''
SHARED = '''"""What the tiers of the tiny homework share."""

import math
import sys
from dataclasses import dataclass
from pathlib import Path

from sklearn.dummy import DummyClassifier, DummyRegressor

from baselines.training import half_precision

WIDEST = 8  # that a simple tier may be
# Of the boss alone.
DEEPEST = 9

# Of all.
STRATEGY = "mean"


@dataclass(frozen=True)
class Sizes:
    """Of a network."""

    width: int


def classifier() -> DummyClassifier:
    return DummyClassifier(DEEPEST) if sys.platform else None


def regressor(sizes: Sizes) -> DummyRegressor:
    """A guess."""
    with half_precision("cpu"):
        return widened(sizes)


def widened(sizes: Sizes) -> DummyRegressor:
    return DummyRegressor(strategy=STRATEGY, constant=min(math.floor(sizes.width), WIDEST))
'''


@pytest.fixture
def tiny_with_shared_code(tiny: Path) -> Path:
    (tiny / "simple.py").write_text(SIMPLE)
    (tiny / "shared.py").write_text(SHARED)
    return tiny


@pytest.fixture
def starter(tiny_with_shared_code: Path) -> list[Cell]:
    return cells(load_homework(tiny_with_shared_code))


def code_of(starter: list[Cell]) -> list[str]:
    return [cell.text for cell in starter if cell.kind == "code"]


def test_a_starter_is_valid_python_without_anything_of_ours(starter: list[Cell]) -> None:
    tree = ast.parse(script_of(starter))

    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {"baselines.training", "shared"} & imported
    assert {"fit", "predict", "report", "seed_everything", "ask"} <= {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef)
    }


def test_what_the_tier_uses_of_the_shared_module_is_written_out_and_nothing_else(starter: list[Cell]) -> None:
    tree = ast.parse(script_of(starter))

    definitions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert definitions[definitions.index("is_here") + 1 : definitions.index("send")] == [
        "half_precision",
        "report",
        "seed_everything",
        "Sizes",
        "regressor",
        "widened",
        "fit",
        "predict",
    ]
    assert not {"DummyClassifier", "classifier", "DEEPEST"} & used_names(tree)
    assert "Of the boss" not in script_of(starter)


def test_a_starter_imports_everything_once_in_one_cell(starter: list[Cell]) -> None:
    assert code_of(starter)[2] == (
        "import contextlib\n"
        "import math\n"
        "import random\n"
        "import sys\n"
        "from dataclasses import dataclass\n"
        "from pathlib import Path\n"
        "from typing import Any\n"
        "\n"
        "import numpy as np\n"
        "import pandas as pd\n"
        "from sklearn.dummy import DummyRegressor"
    )


def test_shared_constants_keep_their_comments_and_stand_together(starter: list[Cell]) -> None:
    assert 'WIDEST = 8  # that a simple tier may be\n\n# Of all.\nSTRATEGY = "mean"' in code_of(starter)


def test_a_starter_runs_as_it_stands(starter: list[Cell]) -> None:
    model = "\n\n\n".join(code_of(starter)[2:-3])
    names: dict[str, object] = {}

    exec(model, names)  # noqa: S102  # our own code, as a student runs it

    predict = names["predict"]
    assert callable(predict)
    assert list(predict(None, seed=5, device="cpu")["y"]) == [5, 2]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("Sizes, regressor", "Sizes, missing", "imports 'missing' from shared.py, which does not define it"),
        (
            "Sizes, regressor",
            "Sizes as S",
            "imports 'Sizes' from shared.py, and should do so under its own",
        ),
    ],
)
def test_an_import_that_cannot_be_written_out_is_refused(
    tiny_with_shared_code: Path, before: str, after: str, words: str
) -> None:
    (tiny_with_shared_code / "simple.py").write_text(SIMPLE.replace(before, after))

    with pytest.raises(HomeworkError, match=words):
        cells(load_homework(tiny_with_shared_code))


def test_each_definition_has_a_cell_and_the_head_keeps_its_comments(starter: list[Cell]) -> None:
    code = code_of(starter)

    assert "# Passes over the rows.\nEPOCHS = 3\nSMALL = Sizes(width=4)" in code
    assert any(text.startswith("@staticmethod\ndef fit()") and "def predict" not in text for text in code)


def test_the_idea_is_told_and_the_scores_of_other_data_are_not(starter: list[Cell]) -> None:
    words = "\n".join(cell.text for cell in starter if cell.kind == "markdown")

    assert "Simple: guess.\n\nWhy guess? Because." in words
    assert "Expect private" not in script_of(starter)
    assert "pip install numpy pandas scikit-learn" in words


def test_a_notebook_is_valid_and_holds_the_same_cells(starter: list[Cell]) -> None:
    text = notebook_of(starter)

    nbformat.validate(nbformat.reads(text, as_version=4))
    sources = ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
    assert sources == [cell.text.strip("\n") for cell in starter]


def test_every_homework_has_a_starter_that_python_can_read(homework: Homework, built: Path) -> None:
    script = (built / "public" / "starter.py").read_text(encoding="utf-8")

    ast.parse(script)
    assert "from baselines" not in script
    assert "from .shared" not in script
    assert (built / "public" / "starter.ipynb").read_text(encoding="utf-8") == notebook_of(cells(homework))
