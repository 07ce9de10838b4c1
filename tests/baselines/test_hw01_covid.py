"""What homework 1 promises of its data."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from baselines.build import KEY, build_homework
from baselines.homework import HOMEWORKS, homework_named, load_script


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hw01")
    build_homework(homework_named("hw01_covid"), folder)
    return folder


def test_the_files_have_the_real_layout(data: Path) -> None:
    train = (data / "public" / "covid.train.csv").read_text().splitlines()[0].split(",")
    test = (data / "public" / "covid.test.csv").read_text().splitlines()[0].split(",")

    assert (len(train), len(test)) == (95, 94)
    assert train[:2] + train[39:42] == ["id", "AL", "WA", "WV", "WI"] or train[40] == "WI"
    assert [place for place, name in enumerate(train) if name == "tested_positive"] == [58, 76, 94]
    assert train[:94] == test


def test_every_row_names_one_state_and_numbers_are_percentages(data: Path) -> None:
    rows = pd.read_csv(data / "public" / "covid.train.csv").drop(columns="id").to_numpy()

    assert (rows[:, :40].sum(axis=1) == 1).all()
    assert rows.min() >= 0
    assert rows.max() <= 100


def test_rows_of_one_state_that_follow_each_other_stay_on_one_side() -> None:
    script = load_script(HOMEWORKS / "hw01_covid" / "data.py")

    usage = script.assign(np.random.default_rng(1), np.random.default_rng(2)).reshape(-1, script.BLOCK)

    assert (usage == usage[:, :1]).all()
    assert (usage[:, 0] == "Public").sum() == (usage[:, 0] == "Private").sum() == 370
    assert script.STRIDE > script.DAYS


def test_the_order_of_the_rows_says_nothing(data: Path) -> None:
    key = pd.read_csv(data / KEY)

    neighbours = np.corrcoef(key["tested_positive"][:-1], key["tested_positive"][1:])[0, 1]

    assert abs(neighbours) < 0.06
