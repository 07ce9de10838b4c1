"""What a worker says of its machine."""

from pathlib import Path

import pytest

from baselines.worker.abilities import abilities_here, memory_mb


def test_the_memory_is_that_of_the_control_group_where_it_is_less(tmp_path: Path) -> None:
    limited, open_one, absent = tmp_path / "limited", tmp_path / "open", tmp_path / "absent"
    limited.write_text("2000000000\n")
    open_one.write_text("max\n")

    machine = memory_mb((open_one, absent))

    assert memory_mb((limited, open_one)) == 2000.0
    assert machine > 0


def test_without_torch_no_card_counts_and_hidden_cards_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    hidden = abilities_here()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    without = abilities_here()

    assert hidden.card_memory_mb == 0.0
    assert (without.has_torch, without.card_memory_mb) == (False, 0.0)
