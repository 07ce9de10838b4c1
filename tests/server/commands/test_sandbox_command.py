"""`splitboard sandbox`: an operator learns, before a course does, what a custom metric could do here."""

import pytest

from client.__main__ import main
from grader.custom_metrics.protection import Protection
from grader.custom_metrics.sandbox import Sandbox

WEAK = Protection(False, 0, False, False, False, False, False, False, False, False)


def run() -> object:
    """Run the command; its exit status."""
    with pytest.raises(SystemExit) as left:
        main(["sandbox"])
    return left.value.code


def test_what_was_tried_out_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox() as here:
        protection = here.start()

    assert run() == int(not protection.complete)
    assert capsys.readouterr().out.splitlines() == protection.lines()


def test_a_machine_that_does_not_confine_is_an_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sandbox, "start", lambda _: WEAK)

    assert run() == 1
    assert "it can reach the network" in capsys.readouterr().out
