"""The worker's own rules; tests of whole flows run it against a real server."""

import threading
from pathlib import Path

import pytest

from baselines.homework import HOMEWORKS
from baselines.run import LONGEST_SECONDS, RunStopped
from baselines.worker.celery_app import app
from baselines.worker.serve import patiently, will_pass
from baselines.worker.settings import SettingsError, WorkerSettings
from client.api.errors import ApiError, Unreachable

ENVIRONMENT = {"SPLITBOARD_URL": "http://127.0.0.1:9", "SPLITBOARD_WORKER_TOKEN": "sbw_secret"}


def refusal(status: int, code: str) -> ApiError:
    return ApiError(status, code, "No.", {})


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    settings = WorkerSettings.from_environment({**ENVIRONMENT, "SPLITBOARD_WORK_DIR": str(tmp_path)})

    assert settings.url == "http://127.0.0.1:9"
    assert settings.work_dir == tmp_path
    assert settings.homeworks_dir == HOMEWORKS


def test_the_token_is_never_shown() -> None:
    assert "sbw_secret" not in repr(WorkerSettings.from_environment(ENVIRONMENT))


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_missing_setting_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=f"Set {name}"):
        WorkerSettings.from_environment({**ENVIRONMENT, name: ""})


def test_a_server_that_is_away_for_a_moment_is_asked_again() -> None:
    answers = iter([Unreachable("http://x", "gone"), refusal(503, "our_fault")])

    def question() -> str:
        for fault in answers:
            raise fault
        return "here"

    assert patiently(question, stop=threading.Event()) == "here"


def test_a_refusal_is_final() -> None:
    calls = []

    def question() -> None:
        calls.append(1)
        raise refusal(409, "lease_lost")

    with pytest.raises(ApiError):
        patiently(question, stop=threading.Event())
    assert len(calls) == 1


def test_a_worker_that_stops_does_not_wait_for_a_server_that_is_away() -> None:
    stop = threading.Event()
    stop.set()

    def question() -> None:
        raise Unreachable("http://x", "gone")

    with pytest.raises(RunStopped):
        patiently(question, stop=stop)


@pytest.mark.parametrize(
    ("status", "is_passing"),
    [(500, True), (503, True), (429, True), (401, False), (409, False), (422, False)],
)
def test_only_faults_that_pass_are_waited_for(status: int, is_passing: bool) -> None:
    assert will_pass(refusal(status, "x")) == is_passing


def test_the_broker_carries_nothing_but_ids_and_waits_longer_than_any_run() -> None:
    settings = app.conf

    assert settings.accept_content == ["json"]
    assert settings.task_acks_late
    assert settings.task_ignore_result
    assert settings.worker_prefetch_multiplier == 1
    assert settings.broker_transport_options["visibility_timeout"] > LONGEST_SECONDS
    assert "baselines.run" in app.tasks
