"""The forms on the pages, posted as a browser without script posts them."""

import re

from starlette.testclient import TestClient

from tests.support.browser import SUBMIT, TINY, browser, form_token, furnish, upload, words
from tests.support.installation import PASSWORD, Installation
from tests.support.tiny_homework import predictions

NONCE = re.compile(r'name="nonce" value="([^"]+)"')


def test_a_form_upload_is_answered_with_its_result(installation: Installation) -> None:
    furnish(installation)
    client = browser(installation, "student2")
    data = predictions(400, accuracy=0.58, seed=5)
    nonce = NONCE.search(client.get(SUBMIT).text)
    assert nonce is not None

    first, again = upload(client, data, nonce=nonce[1]), upload(client, data)

    assert (first[0], again[0]) == (201, 200)
    shown = words(first[1])
    assert "simple passed medium not passed yet strong not trained yet boss not trained yet" in shown
    assert "4 of 5 submissions left today" in shown
    assert "The next day begins in 12 h, on Thu 14 Mar 2030, 00:00 (Asia/Taipei)." in shown
    assert "server time Wed 13 Mar 2030, 12:00 (Asia/Taipei)" in shown
    assert "You sent this file before" in again[1]


def test_an_invalid_form_upload_lists_every_problem_and_uses_nothing(installation: Installation) -> None:
    client = browser(installation, "student0")
    broken = predictions(400, accuracy=0.6, seed=1).replace(b"\n7,", b"\n6,")

    status, text = upload(client, broken, name="<b>broken</b>.csv")

    assert status == 422
    assert "it cost no submission" in text
    assert text.count('class="problem-what"') >= 2
    assert "&lt;b&gt;broken&lt;/b&gt;.csv" in text
    assert "5 of 5 submissions left today" in words(text)


def test_the_sixth_form_upload_is_told_when_the_next_day_begins(installation: Installation) -> None:
    client = browser(installation, "student0")
    for seed in range(5):
        installation.submit_accuracy("student0", 0.6, seed=seed)

    status, text = upload(client, predictions(400, accuracy=0.6, seed=6))

    assert status == 429
    assert "No submission left today" in text
    assert 'datetime="2030-03-13T16:00:00.000000Z" data-countdown>12 h<' in text


def test_a_form_without_a_file_and_one_that_is_too_large_are_refused(installation: Installation) -> None:
    client = browser(installation, "student0")

    empty = client.post(
        SUBMIT, data={"form_token": form_token(client)}, files={"file": ("", b"", "text/csv")}
    )
    large = upload(client, b"id,label\n" * 3_000_000)

    assert (empty.status_code, large[0]) == (422, 413)
    assert "No file was chosen" in empty.text


def test_final_selections_are_chosen_by_a_form_up_to_their_number(
    installation: Installation,
) -> None:
    client = browser(installation, "student0")
    ids = [installation.submit_accuracy("student0", 0.6, seed=seed).id for seed in range(3)]
    data = {"selected": "true", "form_token": form_token(client)}

    statuses = [client.post(f"/submissions/{each}/final", data=data).status_code for each in ids]

    assert statuses == [200, 200, 409]
    assert "2<small> of 2 chosen" in client.get(f"{TINY}/submissions").text


def test_an_api_token_is_shown_once_and_can_be_revoked(installation: Installation) -> None:
    client = browser(installation, "student0")
    fields = {"form_token": form_token(client), "name": "notebook", "password": PASSWORD, "scopes": ["read"]}

    answer = client.post("/account/tokens", data=fields)
    assert str(answer.url).endswith("/account#tokens")
    assert answer.headers["cache-control"] == "no-store"
    secret = re.search(r"sbp_[\w-]{43}", answer.text)
    assert secret is not None
    works = TestClient(installation.app, headers={"Authorization": f"Bearer {secret[0]}"})
    before = works.get("/api/me").status_code
    listed = client.get("/account").text
    revoke = re.search(r"/account/tokens/\d+/revoke", listed)
    assert revoke is not None
    client.post(revoke[0], data=fields)

    assert (before, works.get("/api/me").status_code) == (200, 401)
    assert secret[0] not in listed


def test_staff_request_baseline_runs_and_see_their_progress(installation: Installation) -> None:
    client = browser(installation, "tina")
    data = {"form_token": form_token(client), "tiers": ["simple", "boss"], "seed": "7"}

    answer = client.post(f"{TINY}/baselines", data=data)
    worker = installation.client("worker")
    claim = worker.post("/api/worker/claim", json={"worker": "w"}).json()
    beat = {"lease_token": claim["lease_token"], "log": "<i>epoch 3</i>\n"}
    beat["progress"] = {"epoch": 3, "epochs": 9, "loss": 0.25, "seconds_left": 75.0}
    worker.post(f"/api/baseline-runs/{claim['run']['id']}/heartbeat", json=beat)
    listed = client.get(f"{TINY}/baselines").text
    run = client.get(f"/baseline-runs/{claim['run']['id']}").text

    assert answer.text.count('data-state="requested"') == 2
    assert 'max="9" value="3"' in listed
    assert "1 min 15 s" in listed
    assert '<noscript><meta http-equiv="refresh"' in listed
    assert "&lt;i&gt;epoch 3&lt;/i&gt;" in run


def test_with_nothing_left_today_no_page_offers_an_upload(installation: Installation) -> None:
    client = browser(installation, "student0")
    for seed in range(5):
        installation.submit_accuracy("student0", 0.6, seed=seed)

    form, first_page = client.get(SUBMIT).text, client.get("/").text

    assert '<button class="main" disabled aria-describedby="none-left">Submit</button>' in form
    assert f'href="{SUBMIT}">Submit</a>' not in first_page


def test_tabs_of_two_competitions_can_be_told_apart_and_a_submission_has_its_number(
    installation: Installation,
) -> None:
    submission = installation.submit_accuracy("student0", 0.6, seed=1)
    client = browser(installation, "student0")

    page = client.get(f"/submissions/{submission.id}").text

    assert (
        f"<title>Submission {submission.id} · {installation.competition().title} · Splitboard</title>" in page
    )
    assert f"Submission number {submission.id}" in words(page)
    assert "it was number 1 of that day" in words(page)


def test_before_the_deadline_the_shake_up_leads_to_no_page_that_is_missing(
    installation: Installation,
) -> None:
    furnish(installation)
    page = browser(installation, "tina").get(f"{TINY}/shake-up").text

    assert "leaderboard/deadline" not in page
