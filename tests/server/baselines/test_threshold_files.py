"""A threshold from a file of the course staff, for a tier that nobody trained here."""

import pytest
from httpx2 import Response
from sqlalchemy import update
from starlette.testclient import TestClient

from server.models import Competition
from tests.support.browser import TINY, browser, form_token, words
from tests.support.installation import Installation
from tests.support.rescored import apply, ready
from tests.support.tiny_homework import predictions

pytestmark = pytest.mark.both

API = "/api/competitions/tiny"
STRONG = predictions(400, accuracy=0.8, seed=3)


def give(
    page: TestClient, data: bytes = STRONG, tier: str = "strong", reason: str = "Of last term."
) -> Response:
    """A file for the tier's threshold, by the form."""
    fields = {"form_token": form_token(page), "tier": tier, "reason": reason}
    files = {"file": ("strong.csv", data, "text/csv")}
    return page.post(f"{TINY}/baselines/thresholds/file", data=fields, files=files)


def public_thresholds(installation: Installation) -> dict[str, float | None]:
    """What each tier asks for, as students read it."""
    tiers = installation.client("student0").get(API).json()["tiers"]
    return {each["name"]: each["threshold_public"] for each in tiers}


def test_a_file_of_the_staffs_is_a_threshold_on_both_splits(installation: Installation) -> None:
    sent = installation.client("student0").post(f"{API}/submissions", content=STRONG).json()

    shown = give(browser(installation, "tina"))

    assert shown.status_code == 200
    assert public_thresholds(installation)["strong"] == sent["public_score"]
    listed = installation.client("tina").get(f"{API}/thresholds").json()["thresholds"]
    strong = next(each for each in listed if each["tier"] == "strong")
    assert (
        strong["private"]
        == installation.client("tina").get(f"/api/submissions/{sent['id']}").json()["private_score"]
    )
    student = browser(installation, "student0")
    assert "a file of the course staff" in words(student.get(f"{TINY}/tiers").text)


def test_it_stands_in_the_trail_and_gives_way_to_a_run(installation: Installation) -> None:
    page = browser(installation, "tina")
    give(page)

    entry = installation.client("tina").get(f"{API}/audit").json()["entries"][0]
    run = installation.train("strong", accuracy=0.9)
    data = {"form_token": form_token(page), "tier": "strong", "choice": "latest", "reason": "Trained now."}
    page.post(f"{TINY}/baselines/thresholds", data=data)

    assert (entry["act"], entry["reason"], entry["by"]) == ("threshold_chosen", "Of last term.", "tina")
    listed = installation.client("tina").get(f"{API}/thresholds").json()["thresholds"]
    assert next(each for each in listed if each["tier"] == "strong")["public_run"] == run


def test_a_rescore_grades_it_under_the_new_key(installation: Installation) -> None:
    give(browser(installation, "tina"))
    before = public_thresholds(installation)["strong"]

    apply(installation, ready(installation).id)

    after = public_thresholds(installation)["strong"]
    assert None not in (before, after)
    assert after != before


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"data": STRONG[:60]}, 422, "the threshold stays as it is"),
        ({"tier": "chief"}, 404, "There is no tier 'chief' here."),
        ({"reason": " "}, 422, "reason"),
    ],
)
def test_what_sets_no_threshold_is_refused_on_the_page_and_changes_nothing(
    installation: Installation, change: dict[str, object], status: int, sentence: str
) -> None:
    page = browser(installation, "tina")

    answer = give(page, **change)  # type: ignore[arg-type]

    assert answer.status_code == status
    assert sentence in words(answer.text)
    assert public_thresholds(installation)["strong"] is None
    assert installation.client("tina").get(f"{API}/baseline-runs").json()["runs"] == []


def test_a_file_beyond_the_competitions_own_limit_is_refused(installation: Installation) -> None:
    small = update(Competition).values(upload_limit_bytes=1_000)
    installation.db.write(lambda session: session.execute(small) and None)

    assert give(browser(installation, "tina")).status_code == 413
    assert public_thresholds(installation)["strong"] is None


def test_students_set_none(installation: Installation) -> None:
    assert give(browser(installation, "student0")).status_code == 403
    assert public_thresholds(installation)["strong"] is None
