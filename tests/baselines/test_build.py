"""Building data replaces the old as a whole, or leaves it."""

from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from baselines.build import KEY, build_homework, build_homework_from, build_homework_with_seed
from baselines.homework import HomeworkError, load_homework


def test_a_second_build_replaces_the_first_and_nothing_else(tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build_homework(load_homework(tiny), out)
    (out / "public" / "stale.csv").write_text("old")
    (out / "mine.txt").write_text("keep")

    build_homework_with_seed(load_homework(tiny), out, seed=9)

    assert "0,9,Public" in (out / KEY).read_text()
    assert sorted(path.name for path in out.rglob("*") if path.is_file()) == [
        "answer_key.csv",
        "mine.txt",
        "sample_submission.csv",
        "starter.ipynb",
        "starter.py",
    ]


def test_a_build_that_breaks_leaves_the_old_data(tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build_homework(load_homework(tiny), out)
    before = (out / KEY).read_text()
    (tiny / "data.py").write_text("def build(out, *, seed=1):\n    (out / 'public').mkdir()\n    1 / 0\n")

    with pytest.raises(ZeroDivisionError):
        build_homework(load_homework(tiny), out)

    assert (out / KEY).read_text() == before
    assert sorted(path.name for path in out.iterdir()) == ["private", "public"]
    assert (out / "private").stat().st_mode & 0o077 == 0, "the answers are for who built them"


def test_data_without_a_key_are_refused(tiny: Path, tmp_path: Path) -> None:
    (tiny / "data.py").write_text("def build(out, *, seed=1):\n    pass\n")

    with pytest.raises(HomeworkError, match=r"did not write .*sample_submission\.csv and .*answer_key\.csv"):
        build_homework(load_homework(tiny), tmp_path / "out")


def test_real_files_are_used_where_the_homework_takes_them(tiny: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "real.csv").write_text("id,y,Usage\n0,5,Public\n1,6,Private\n")
    (tiny / "data.py").write_text(
        (tiny / "data.py").read_text()
        + "\ndef build_from(source, out, *, seed):\n    build(out, seed=seed)\n"
        "    (out / 'private' / 'answer_key.csv').write_text((source / 'real.csv').read_text())\n"
    )

    build_homework_from(load_homework(tiny), tmp_path / "out", source=source, seed=3)

    assert (tmp_path / "out" / KEY).read_text() == (source / "real.csv").read_text()


def test_a_homework_that_takes_no_files_and_a_folder_that_is_missing_are_named(
    tiny: Path, tmp_path: Path
) -> None:
    with pytest.raises(HomeworkError, match="makes its own data and takes none"):
        build_homework_from(load_homework(tiny), tmp_path / "out", source=tmp_path, seed=3)
    with pytest.raises(HomeworkError, match="There is no folder"):
        build_homework_from(load_homework(tiny), tmp_path / "out", source=tmp_path / "nowhere", seed=3)


def test_matrices_are_summed_in_one_order_whatever_the_machine(tiny: Path, tmp_path: Path) -> None:
    (tiny / "data.py").write_text(
        (tiny / "data.py").read_text().replace("def build(", "def build_data(")
        + "\nimport numpy\nfrom threadpoolctl import threadpool_info\n"
        "\ndef build(out, *, seed=1):\n    build_data(out, seed=seed)\n"
        "    threads = {pool['num_threads'] for pool in threadpool_info()}\n"
        "    (out / 'public' / 'threads.txt').write_text(repr(threads))\n"
    )

    with threadpool_limits(2):
        build_homework(load_homework(tiny), tmp_path / "out")

    assert (tmp_path / "out" / "public" / "threads.txt").read_text() == "{1}"
