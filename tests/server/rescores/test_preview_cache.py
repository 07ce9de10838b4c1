"""A preview is made once and handed out again while nothing that it shows has changed; to staff alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from server.models import Rescore
from server.services.rescores.acts import CheckedPreview, checked_preview
from tests.support import tiny_homework
from tests.support.browser import TINY, browser
from tests.support.installation import Installation
from tests.support.rescored import apply, claimed, ready, undo

API = "/api/competitions/tiny/rescores"


def submit(installation: Installation, name: str, *, accuracy: float, seed: int) -> None:
    installation.submit(name, tiny_homework.predictions(400, accuracy=accuracy, seed=seed))


def rescore_of_two(installation: Installation) -> Rescore:
    """A rescore that is ready, of two students' files and a baseline."""
    installation.train("simple")
    submit(installation, "student0", accuracy=0.7, seed=1)
    submit(installation, "student1", accuracy=0.9, seed=2)
    return ready(installation)


def cached(installation: Installation, rescore: Rescore) -> CheckedPreview:
    """What the server's cache gives now."""
    preview: CheckedPreview = installation.app.state.previews.checked_preview(
        competition_id=rescore.competition_id, rescore_id=rescore.id
    )
    return preview


def test_paging_reloading_and_the_api_cost_one_making(installation: Installation) -> None:
    rescore = rescore_of_two(installation)
    client, staff = browser(installation, "tina"), installation.client("tina")

    client.get(f"{TINY}/rescores/{rescore.id}").raise_for_status()
    first = cached(installation, rescore)
    client.get(f"{TINY}/rescores/{rescore.id}?page=2").raise_for_status()
    staff.get(f"{API}/{rescore.id}/preview").raise_for_status()
    staff.get(f"{API}/{rescore.id}/preview.csv").raise_for_status()

    assert cached(installation, rescore) is first


def upload(installation: Installation, rescore: Rescore) -> None:
    submit(installation, "student2", accuracy=0.8, seed=3)


def extend(installation: Installation, rescore: Rescore) -> None:
    """Give a student more time, which may move points."""
    later = installation.competition().deadline_at + timedelta(hours=1)
    extension = {"to": "student0", "reason": "Ill.", "deadline_at": later.isoformat()}
    path = "/api/competitions/tiny/allowances"
    installation.client("tina").post(path, json=extension).raise_for_status()


def switch(installation: Installation, rescore: Rescore) -> None:
    apply(installation, rescore.id)


def switch_and_back(installation: Installation, rescore: Rescore) -> None:
    apply(installation, rescore.id)
    undo(installation, rescore.id)


@pytest.mark.parametrize("act", [upload, extend, switch, switch_and_back])
def test_what_changes_a_preview_makes_it_anew(
    installation: Installation, act: Callable[[Installation, Rescore], None]
) -> None:
    rescore = rescore_of_two(installation)
    before = cached(installation, rescore)

    act(installation, rescore)

    after = cached(installation, rescore)
    fresh = checked_preview(
        installation.context, competition_id=rescore.competition_id, rescore_id=rescore.id
    )
    assert after is not before
    assert after == fresh
    assert cached(installation, rescore) is after


def test_a_late_verdict_makes_it_anew(installation: Installation) -> None:
    rescore = rescore_of_two(installation)
    submit(installation, "student2", accuracy=0.8, seed=3)
    before = cached(installation, rescore)

    claimed(installation, rescore.id).work()

    after = cached(installation, rescore)
    assert after.preview.submissions == before.preview.submissions + 1


@pytest.mark.parametrize(("username", "status"), [("student0", 403), ("mallory", 404), (None, 401)])
def test_what_staff_have_looked_at_is_shown_to_nobody_else(
    installation: Installation, username: str | None, status: int
) -> None:
    rescore = rescore_of_two(installation)
    installation.client("tina").get(f"{API}/{rescore.id}/preview").raise_for_status()

    paths = (f"{API}/{rescore.id}/preview", f"{API}/{rescore.id}/preview.csv")
    answers = [installation.client(username).get(path) for path in paths]

    assert [answer.status_code for answer in answers] == [status, status]
    assert all("student1" not in answer.text for answer in answers)
