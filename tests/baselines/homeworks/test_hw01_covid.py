"""What homework 1 promises of its data."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from baselines.build import KEY, build_homework_from
from baselines.files import SourceProblems
from baselines.homework import HOMEWORKS, homework_named, load_script
from tests.support.homeworks import built


@pytest.fixture(scope="module")
def data() -> Path:
    return built("hw01_covid")


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


def sliding_rows(*, days: int = 27) -> pd.DataFrame:
    """Rows as the real file has them: three days each, and the next row begins a day later."""
    script = load_script(HOMEWORKS / "hw01_covid" / "data.py")
    values = np.random.default_rng(0).uniform(1, 50, (40, days, 18)).round(6)  # of each state and day
    rows = [
        np.concatenate([np.eye(40)[state], values[state, day : day + 3].ravel()])
        for state in range(40)
        for day in range(days - 2)
    ]
    return pd.DataFrame(rows, columns=script.HEADER)


def write_source(folder: Path, table: pd.DataFrame) -> Path:
    source = folder / "source"
    source.mkdir()
    table.to_csv(source / "covid.train.csv", index_label="id")
    return source


def test_of_real_rows_none_holds_the_answer_of_a_test_row(tmp_path: Path) -> None:
    source = write_source(tmp_path, sliding_rows())

    build_homework_from(homework_named("hw01_covid"), tmp_path / "out", source=source, seed=1)

    key = pd.read_csv(tmp_path / "out" / KEY)
    train, test = (
        pd.read_csv(tmp_path / "out" / "public" / f"covid.{part}.csv").filter(like="tested_positive")
        for part in ("train", "test")
    )
    assert not key["tested_positive"].isin(np.r_[train.to_numpy().ravel(), test.to_numpy().ravel()]).any()
    assert len(train) > 400
    assert key["Usage"].value_counts().min() > 50


def test_real_rows_that_follow_each_other_go_to_one_side() -> None:
    script = load_script(HOMEWORKS / "hw01_covid" / "data.py")
    rows = sliding_rows().to_numpy()

    usage = script.assign_runs(rows, np.random.default_rng(2)).reshape(40, 25)

    assert (usage[:, :20] == usage[:, :1]).all()
    assert (usage[:, 20:] == usage[:, 20:21]).all()
    assert set(usage.ravel()) == {"Train", "Public", "Private"}


def test_headers_that_pandas_has_numbered_are_understood(tmp_path: Path) -> None:
    table = sliding_rows()
    table.columns = [f"{name}.1" if place > 57 else name for place, name in enumerate(table.columns)]

    build_homework_from(
        homework_named("hw01_covid"), tmp_path / "out", source=write_source(tmp_path, table), seed=1
    )

    assert (tmp_path / "out" / KEY).is_file()


def test_another_table_is_refused_and_its_columns_are_named(tmp_path: Path) -> None:
    source = write_source(tmp_path, sliding_rows().drop(columns=["CA"]))

    with pytest.raises(
        SourceProblems, match=r"has 94 columns and should have 95; column 6 is 'CO', not 'CA'"
    ):
        build_homework_from(homework_named("hw01_covid"), tmp_path / "out", source=source, seed=1)


def test_all_that_is_wrong_with_the_rows_is_told_at_once(tmp_path: Path) -> None:
    table = sliding_rows(days=12).astype(object)
    table.iloc[4, 60] = "many"
    table.iloc[7, 0] = 0.0

    with pytest.raises(
        SourceProblems, match=r"1 rows have empty.*line 6\. 1 rows do not.*line 9\. There are 400 rows"
    ):
        build_homework_from(
            homework_named("hw01_covid"), tmp_path / "out", source=write_source(tmp_path, table), seed=1
        )
