"""What a score teaches: from public scores alone, the same on every way, for drawn histories as by hand."""

import random
from itertools import count

import pytest
from sqlalchemy import update

from server.models import Competition, Tier
from tests.support.browser import browser, words
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

pytestmark = pytest.mark.both
PATH = "/api/competitions/tiny/submissions"


def feedback(installation: Installation, name: str, accuracy: float, seed: int) -> dict[str, object]:
    answer = installation.client(name).post(PATH, content=predictions(400, accuracy=accuracy, seed=seed))
    meaning: dict[str, object] = answer.json()["feedback"]
    return meaning | {"score": answer.json()["public_score"]}


def test_a_first_file_a_better_one_and_a_worse_one_are_told_apart(installation: Installation) -> None:
    installation.train("simple", accuracy=0.5)
    installation.train("boss", accuracy=0.97)
    first = feedback(installation, "student0", 0.6, 1)
    better = feedback(installation, "student0", 0.9, 2)
    worse = feedback(installation, "student0", 0.3, 3)

    assert (first["best_before"], first["gain"], first["is_best"]) == (None, None, True)
    assert first["sentences"][0] == "This is your team's first scored file."  # type: ignore[index]
    assert better["gain"] == pytest.approx(better["score"] - first["score"], abs=1e-9)  # type: ignore[operator]
    assert better["is_within_noise"] is False
    assert better["sentences"][0].startswith("New best: ")  # type: ignore[index]
    assert (worse["is_best"], worse["best_before"], worse["last"]) == (
        False,
        better["score"],
        better["score"],
    )
    tier = worse["next_tier"]
    assert tier["name"] == "simple"  # type: ignore[index]
    assert better["next_tier"]["name"] == "boss"  # type: ignore[index]
    assert tier["distance"] == pytest.approx(tier["threshold"] - worse["score"], abs=1e-9)  # type: ignore[index,operator]
    assert tier["hint"] in worse["sentences"][-1]  # type: ignore[index]
    assert first["low"] < first["score"] < first["high"]  # type: ignore[operator]


def test_a_hint_is_given_in_the_readers_language(installation: Installation) -> None:
    hint = update(Tier).values(hint="Run the sample.\n<!-- zh-TW -->\n執行範例程式。\n")
    installation.db.write(lambda session: session.execute(hint))
    installation.train("boss", accuracy=0.97)
    submission = installation.submit_accuracy("student0", 0.6, seed=1)
    student = browser(installation, "student0")

    english, chinese = (
        words(student.get(f"/submissions/{submission.id}", headers={"Accept-Language": each}).text)
        for each in ("en", "zh-TW")
    )

    assert "Run the sample." in english
    assert "執行範例程式。" in chinese
    assert "zh-TW --" not in english + chinese


def test_a_file_has_a_rank_of_its_own(installation: Installation) -> None:
    feedback(installation, "student1", 0.8, 1)
    feedback(installation, "student2", 0.5, 2)
    assert feedback(installation, "student0", 0.9, 3)["rank"] == 1
    assert feedback(installation, "student0", 0.7, 4)["rank"] == 2, (
        "its own team's better file is not counted"
    )
    worst = feedback(installation, "student0", 0.2, 5)
    assert worst["rank"] == 3
    assert "By itself this file would stand at rank 3." in worst["sentences"]  # type: ignore[operator]


def test_drawn_histories_agree_with_their_scores(installation: Installation) -> None:
    drawn, seeds, scores = random.Random(5), count(10), dict[str, list[float]]()
    for _ in range(12):
        name = drawn.choice(["student0", "student1", "student2"])
        earlier = scores.setdefault(name, [])
        if len(earlier) == 5:
            continue
        meaning = feedback(installation, name, drawn.random(), next(seeds))
        score = meaning["score"]
        assert isinstance(score, float)
        others = [max(each) for team, each in scores.items() if team != name and each]
        assert meaning["rank"] == 1 + sum(best > score for best in others)
        assert meaning["best_before"] == (max(earlier) if earlier else None)
        assert meaning["last"] == (earlier[-1] if earlier else None)
        assert meaning["is_best"] == (not earlier or score > max(earlier))
        earlier.append(score)


def test_less_is_better_where_the_metric_says_so(installation: Installation) -> None:
    feedback(installation, "student0", 0.9, 1)
    installation.db.write(lambda session: session.execute(update(Competition).values(higher_is_better=False)))
    later = feedback(installation, "student0", 0.4, 2)
    assert later["gain"] > 0  # type: ignore[operator]
    assert later["is_best"] is True


def test_pages_say_the_same_sentences_in_the_readers_language(installation: Installation) -> None:
    feedback(installation, "student0", 0.6, 1)
    sentences = feedback(installation, "student0", 0.9, 2)["sentences"]
    person = browser(installation, "student0")
    page = words(person.get("/submissions/2").text)
    assert all(each in page for each in sentences)  # type: ignore[attr-defined]
    chinese = person.get("/submissions/2", headers={"Accept-Language": "zh-TW"}).text
    assert "新的最佳成績" in chinese
    assert not any(each in chinese for each in sentences)  # type: ignore[attr-defined]
