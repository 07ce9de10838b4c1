"""The seed of an answer key comes from a secret of the installation, not from the repository."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.domain.errors import Invalid
from server.domain.files.build_secrets import FILE, seed_of


def test_a_seed_is_the_same_each_time_and_another_for_each_competition(tmp_path: Path) -> None:
    first = seed_of(tmp_path, course="ml", slug="hw01")

    assert seed_of(tmp_path, course="ml", slug="hw01") == first
    assert seed_of(tmp_path, course="ml", slug="hw02") != first
    assert seed_of(tmp_path, course="ml-2028", slug="hw01") != first


def test_two_installations_have_different_seeds(tmp_path: Path) -> None:
    one, other = (seed_of(tmp_path / name, course="ml", slug="hw01") for name in ("one", "other"))

    assert one != other
    assert max(one, other) > 2**100  # too many to be tried out; chance makes both smaller once in 2**56


def test_the_secret_is_for_its_owner_alone(tmp_path: Path) -> None:
    seed_of(tmp_path, course="ml", slug="hw01")

    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_processes_that_begin_together_share_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        seeds = list(pool.map(lambda _: seed_of(tmp_path, course="ml", slug="hw01"), range(16)))

    assert len(set(seeds)) == 1


@pytest.mark.parametrize("damaged", ["", "abc", "0" * 62, "zz" * 32])
def test_a_damaged_secret_is_named_and_left_alone(tmp_path: Path, damaged: str) -> None:
    (tmp_path / FILE).write_text(damaged)

    with pytest.raises(Invalid, match=r"build-secret should hold 64 hexadecimal digits"):
        seed_of(tmp_path, course="ml", slug="hw01")

    assert (tmp_path / FILE).read_text() == damaged
