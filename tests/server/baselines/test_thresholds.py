"""Which runs set a tier's threshold: the latest, one, or all; everything that reads a threshold follows."""

from datetime import timedelta
from statistics import median
from typing import Any

import pytest

from server.domain.boards import snapshots, standings
from tests.support.browser import TINY, browser, form_token, words
from tests.support.installation import Installation
from tests.support.rescored import apply, ready
from tests.support.tiny_homework import predictions, score_of

pytestmark = pytest.mark.both

API = "/api/competitions/tiny"
ACCURACIES = (0.62, 0.70, 0.78)


def choose(installation: Installation, tier: str, rule: str, run_id: int | None = None) -> Any:
    """Tina's choice; the answer."""
    body = {"rule": rule, "run_id": run_id, "reason": "One seed is luck."}
    return installation.client("tina").put(f"{API}/thresholds/{tier}", json=body)


def train_three(installation: Installation, tier: str) -> list[int]:
    """Three runs of one tier, the best in the middle of the time; their ids."""
    order = (ACCURACIES[1], ACCURACIES[2], ACCURACIES[0])
    runs = []
    for seed, accuracy in enumerate(order):
        installation.clock.advance(timedelta(minutes=1))
        runs.append(installation.train(tier, seed=seed, accuracy=accuracy))
    return runs


def scores(installation: Installation, tier: str, split: str) -> list[float]:
    """The scores of the tier's runs on one split, the newest run first."""
    runs = installation.client("tina").get(f"{API}/baseline-runs").json()["runs"]
    return [run[f"{split}_score"] for run in runs if run["tier"] == tier]


def stands(installation: Installation, tier: str) -> dict[str, Any]:
    """How the tier's threshold stands."""
    thresholds = installation.client("tina").get(f"{API}/thresholds").json()["thresholds"]
    return next(each for each in thresholds if each["tier"] == tier)


def test_the_latest_run_sets_the_threshold_until_staff_choose_otherwise(installation: Installation) -> None:
    *_, last = train_three(installation, "medium")

    threshold = stands(installation, "medium")

    assert (threshold["rule"], threshold["counted"], threshold["public_run"]) == ("latest", [last], last)
    assert threshold["public"] == scores(installation, "medium", "public")[0]


def test_of_all_runs_the_median_counts_on_each_split_by_itself(installation: Installation) -> None:
    runs = train_three(installation, "medium")

    choose(installation, "medium", "all_runs").raise_for_status()

    threshold = stands(installation, "medium")
    assert threshold["counted"] == runs
    assert threshold["public"] == median(scores(installation, "medium", "public"))
    assert threshold["private"] == median(scores(installation, "medium", "private"))


def test_of_the_simple_tier_the_worst_of_all_runs_counts(installation: Installation) -> None:
    train_three(installation, "simple")

    choose(installation, "simple", "all_runs").raise_for_status()

    threshold = stands(installation, "simple")
    assert threshold["public"] == min(scores(installation, "simple", "public"))
    assert threshold["private"] == min(scores(installation, "simple", "private"))


def test_of_an_even_number_the_worse_of_the_two_in_the_middle_counts(installation: Installation) -> None:
    train_three(installation, "boss")
    installation.train("boss", seed=9, accuracy=0.95)

    choose(installation, "boss", "all_runs").raise_for_status()

    assert stands(installation, "boss")["public"] == sorted(scores(installation, "boss", "public"))[1]


def test_one_run_alone_is_the_threshold_by_every_rule(installation: Installation) -> None:
    run = installation.train("strong")
    thresholds = []

    for rule, run_id in (("latest", None), ("all_runs", None), ("one_run", run)):
        choose(installation, "strong", rule, run_id).raise_for_status()
        thresholds.append(
            (stands(installation, "strong")["public"], stands(installation, "strong")["private"])
        )

    assert len(set(thresholds)) == 1
    assert thresholds[0][0] is not None


def test_two_runs_with_the_same_file_count_twice(installation: Installation) -> None:
    installation.train("medium", seed=0, accuracy=0.62)
    installation.train("medium", seed=1, accuracy=0.78)
    same = predictions(400, accuracy=0.62, seed=1000)
    answer = installation.client("tina").post(f"{API}/baseline-runs", json={"tiers": ["medium"], "seed": 5})
    run = answer.json()["runs"][0]["url"]
    worker = installation.client("worker")
    token = worker.post("/api/worker/claim", json={"worker": "w"}).json()["lease_token"]
    worker.post(f"{run}/predictions", params={"lease_token": token}, content=same).raise_for_status()
    report = {"lease_token": token, "device": "cpu", "seconds": 1.0, "versions": {}}
    worker.post(f"{run}/report", json=report).raise_for_status()

    choose(installation, "medium", "all_runs").raise_for_status()

    public_scores = scores(installation, "medium", "public")
    assert len(public_scores) == 3
    assert stands(installation, "medium")["public"] == median(public_scores)


def test_a_choice_moves_board_tiers_passed_points_and_cost_at_once(installation: Installation) -> None:
    _, best, _ = train_three(installation, "medium")
    installation.train("medium", seed=7, accuracy=0.6, seconds=600.0)
    data = predictions(400, accuracy=0.7, seed=3)
    installation.submit("student0", data)
    student, tina = installation.client("student0"), installation.client("tina")
    before_board = student.get(f"{API}/leaderboard/public")
    before = tina.get(f"{API}/grades.csv").text

    choose(installation, "medium", "one_run", best).raise_for_status()

    after_board = student.get(f"{API}/leaderboard/public")
    after = tina.get(f"{API}/grades.csv").text
    tier = student.get(API).json()["tiers"][1]
    row = next(row for row in after_board.json()["rows"] if row["tier"] == "medium")
    assert before_board.headers["etag"] != after_board.headers["etag"]
    assert tier["threshold_public"] == row["score"] > score_of(data, "Public")
    assert (tier["threshold_from"], row["minutes"]) == ("one run, picked by staff", 1.0)
    assert before != after
    assert (
        installation.db.read(
            lambda session: standings.differences(session, competition=installation.competition()),
            private=True,
        )
        == []
    )


def test_a_new_run_joins_all_runs_and_leaves_a_picked_one_alone(installation: Installation) -> None:
    train_three(installation, "medium")
    choose(installation, "medium", "all_runs").raise_for_status()
    picked = installation.train("strong", accuracy=0.8)
    choose(installation, "strong", "one_run", picked).raise_for_status()
    before = stands(installation, "strong")["public"]

    installation.train("medium", seed=8, accuracy=0.95)
    installation.train("strong", seed=8, accuracy=0.95)

    assert len(stands(installation, "medium")["counted"]) == 4
    assert stands(installation, "strong")["public"] == before


def test_a_rescore_recomputes_the_rule_under_the_new_key(installation: Installation) -> None:
    train_three(installation, "medium")
    choose(installation, "medium", "all_runs").raise_for_status()
    before = stands(installation, "medium")["public"]

    apply(installation, ready(installation).id)

    threshold = stands(installation, "medium")
    assert threshold["public"] == median(scores(installation, "medium", "public"))
    assert threshold["public"] != before


def test_the_boards_of_the_deadline_stay_as_they_were_stored(installation: Installation) -> None:
    train_three(installation, "medium")
    competition = installation.competition()
    installation.clock.now = competition.deadline_at + timedelta(hours=1)
    installation.db.write(
        lambda session: snapshots.take(session, competition_id=competition.id, now=installation.clock()),
        private=True,
    )
    tina = installation.client("tina")
    before = tina.get(f"{API}/leaderboard/public/deadline").json()["rows"]

    choose(installation, "medium", "all_runs").raise_for_status()

    assert tina.get(f"{API}/leaderboard/public/deadline").json()["rows"] == before
    assert tina.get(f"{API}/leaderboard/public").json()["rows"][0]["score"] != before[0]["score"]


def test_a_choice_is_audited_with_its_reason_and_nothing_private(installation: Installation) -> None:
    train_three(installation, "medium")
    choose(installation, "medium", "all_runs").raise_for_status()

    entry = installation.client("tina").get(f"{API}/audit").json()["entries"][0]

    assert (entry["act"], entry["by"], entry["reason"]) == ("threshold_chosen", "tina", "One seed is luck.")
    assert (entry["before"]["rule"], entry["after"]["rule"]) == ("latest", "all_runs")
    assert set(entry["after"]) == {"rule", "run", "public_threshold"}


@pytest.mark.parametrize(
    ("rule", "run", "status"),
    [("one_run", "other tier", 404), ("one_run", "waits", 422), ("one_run", None, 404), ("best", None, 422)],
)
def test_a_choice_that_makes_no_sense_is_refused(
    installation: Installation, rule: str, run: str | None, status: int
) -> None:
    runs = {"other tier": installation.train("boss"), None: None}
    batch = installation.client("tina").post(f"{API}/baseline-runs", json={"tiers": ["medium"]}).json()
    runs["waits"] = batch["runs"][0]["id"]

    answer = choose(installation, "medium", rule, runs[run])

    assert answer.status_code == status
    assert stands(installation, "medium")["rule"] == "latest"


def test_a_choice_needs_a_reason_a_known_tier_and_staff(installation: Installation) -> None:
    installation.train("medium")
    tina, body = installation.client("tina"), {"rule": "all_runs", "reason": "x"}

    answers = [
        tina.put(f"{API}/thresholds/medium", json=body | {"reason": " "}),
        tina.put(f"{API}/thresholds/chief", json=body),
        installation.client("student0").put(f"{API}/thresholds/medium", json=body),
        installation.client("student0").get(f"{API}/thresholds"),
        installation.client("mallory").put(f"{API}/thresholds/medium", json=body),
    ]

    assert [answer.status_code for answer in answers] == [422, 404, 403, 403, 404]


def test_staff_choose_on_the_page_and_students_read_the_rule(installation: Installation) -> None:
    train_three(installation, "simple")
    page = browser(installation, "tina")
    data = {"form_token": form_token(page), "tier": "simple", "choice": "all_runs", "reason": "Three seeds."}

    shown = page.post(f"{TINY}/baselines/thresholds", data=data)
    wrong = page.post(f"{TINY}/baselines/thresholds", data=data | {"choice": "the best"})
    student = words(browser(installation, "student0").get(f"{TINY}/tiers").text)

    assert shown.status_code == 200
    assert "simple the worst of 3 runs" in words(shown.text)
    assert wrong.status_code == 422
    assert "the worst of 3 runs" in student
    refused = browser(installation, "student0").get(f"{TINY}/baselines/thresholds")
    assert refused.status_code == 403
