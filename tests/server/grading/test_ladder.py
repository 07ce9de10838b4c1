"""The Ladder: what is stored and shown of a public score moves by whole steps, and nothing else changes."""

import pytest
from sqlalchemy import select, update

from server.models import Competition, PrivateScore, PublicScore
from tests.support import rescored
from tests.support.browser import browser, words
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions, score_of

STEP = 0.05
API = "/api/competitions/tiny"


@pytest.fixture
def on_the_ladder(installation: Installation) -> Installation:
    """A trained tier, and a competition whose scores are told in steps."""
    installation.db.write(
        lambda session: session.execute(update(Competition).values(ladder_step=STEP)) and None
    )
    installation.train("simple")
    return installation


def sent(installation: Installation, name: str, accuracy: float, seed: int) -> tuple[float, bytes]:
    """The public score in the reply, and the file."""
    data = predictions(400, accuracy=accuracy, seed=seed)
    return installation.client(name).post(f"{API}/submissions", content=data).json()["public_score"], data


def test_a_score_moves_by_whole_steps_and_only_when_it_is_better_by_one(on_the_ladder: Installation) -> None:
    first, data = sent(on_the_ladder, "student0", 0.60, 1)
    worse, _ = sent(on_the_ladder, "student0", 0.50, 2)
    better, better_data = sent(on_the_ladder, "student0", 0.80, 3)

    assert abs(first - score_of(data, "Public")) <= STEP / 2
    assert worse == first
    assert better > first + STEP / 2
    assert abs(better - score_of(better_data, "Public")) <= STEP / 2
    assert all(abs(score / STEP - round(score / STEP)) < 1e-9 for score in (first, worse, better))


def test_another_team_starts_its_own_ladder_and_baselines_have_none(on_the_ladder: Installation) -> None:
    sent(on_the_ladder, "student0", 0.90, 1)
    other, _ = sent(on_the_ladder, "student1", 0.55, 2)

    rows = on_the_ladder.client("student0").get(f"{API}/leaderboard/public").json()["rows"]

    assert other < 0.7
    simple = next(row for row in rows if row["tier"] == "simple")
    assert abs(simple["score"] / STEP - round(simple["score"] / STEP)) > 1e-6


def test_private_scores_are_exact_and_no_standard_error_tells_the_public_ones(
    on_the_ladder: Installation,
) -> None:
    _, data = sent(on_the_ladder, "student0", 0.61, 1)
    newest = on_the_ladder.client("student0").get(f"{API}/submissions").json()["submissions"][0]["id"]

    public, private = on_the_ladder.db.read(
        lambda session: (
            session.scalars(select(PublicScore).where(PublicScore.submission_id == newest)).one(),
            session.scalars(select(PrivateScore).where(PrivateScore.submission_id == newest)).one(),
        ),
        private=True,
    )

    assert private.score == pytest.approx(score_of(data, "Private"), abs=1e-12)
    assert public.standard_error is None


def test_a_rescore_climbs_the_ladder_anew_in_the_order_of_receipt(on_the_ladder: Installation) -> None:
    for seed, accuracy in enumerate((0.6, 0.5, 0.8)):
        sent(on_the_ladder, "student0", accuracy, seed)

    rescored.apply(on_the_ladder, rescored.ready(on_the_ladder).id)

    listed = on_the_ladder.client("student0").get(f"{API}/submissions").json()["submissions"]
    scores = [each["public_score"] for each in reversed(listed)]
    assert scores[0] == scores[1] < scores[2]
    assert all(abs(score / STEP - round(score / STEP)) < 1e-9 for score in scores)


def test_the_page_says_that_scores_come_in_steps(on_the_ladder: Installation) -> None:
    page = browser(on_the_ladder, "student0").get("/competitions/tiny/rules")

    assert "Your public score is told in steps of 0.05" in words(page.text)
