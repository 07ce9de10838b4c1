"""Seeding and reporting, as the tier scripts use them."""

import os
import random

import numpy as np
import pytest

from baselines.training import PROGRESS_FD, compiled, half_precision, report, seed_everything


def draw() -> tuple[float, float]:
    return random.random(), float(np.random.rand())  # the global generator is what is seeded


def test_a_seed_gives_the_same_numbers_again() -> None:
    seed_everything(5)
    first = draw()
    seed_everything(5)

    assert draw() == first


def test_torch_is_seeded_where_it_is_used() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    seed_everything(5)
    first = torch.rand(3)
    seed_everything(5)

    assert torch.equal(torch.rand(3), first)


def test_progress_goes_to_the_terminal_of_whoever_runs_a_script(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PROGRESS_FD, raising=False)

    report(epoch=2, epochs=5, loss=1.5)

    assert capsys.readouterr().err == "epoch 2/5: loss 1.5000\n"


def test_progress_goes_to_the_pipe_that_the_runner_has_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    monkeypatch.setenv(PROGRESS_FD, str(writer))

    report(epoch=2, epochs=5, loss=float("inf"))

    assert os.read(reader, 200) == b'{"epoch": 2, "epochs": 5, "loss": null}\n'
    os.close(reader)
    os.close(writer)


def test_a_held_out_score_is_told_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    monkeypatch.setenv(PROGRESS_FD, str(writer))

    report(epoch=1, epochs=2, loss=0.5, score=0.8125)

    assert os.read(reader, 200) == b'{"epoch": 1, "epochs": 2, "loss": 0.5, "score": 0.8125}\n'
    os.close(reader)
    os.close(writer)


def test_the_cpu_computes_in_full_precision_and_uncompiled() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    model = torch.nn.Linear(2, 2)

    with half_precision("cpu"):
        output = model(torch.ones(1, 2))

    assert output.dtype is torch.float32
    assert compiled(model, "cpu") is model


@pytest.mark.gpu
def test_a_card_multiplies_in_half_precision_where_it_can() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device here")
    model = torch.nn.Linear(8, 8, device="cuda")

    with half_precision("cuda"):
        output = compiled(model, "cuda")(torch.ones(8, 8, device="cuda"))

    usual = torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    assert output.dtype is usual
