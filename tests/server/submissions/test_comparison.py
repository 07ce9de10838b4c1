"""Two submissions side by side: their difference and its interval, tiers, labels; and who may see which."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from server.models import Competition
from tests.support.browser import browser, words
from tests.support.installation import Installation
from tests.support.tiny_homework import CLASSES, predictions, truth, usage

pytestmark = pytest.mark.both
ROWS = 400
PAGE = "/competitions/tiny/comparison"


@pytest.fixture
def two_files(installation: Installation) -> tuple[bytes, bytes, int, int]:
    """A worse file and a better one of student0, and the numbers of their submissions."""
    installation.train("simple", accuracy=0.5)
    installation.train("medium", accuracy=0.7)
    files = [predictions(ROWS, accuracy=accuracy, seed=seed) for accuracy, seed in ((0.6, 1), (0.8, 2))]
    worse, better = (installation.submit("student0", data).id for data in files)
    return files[0], files[1], worse, better


def compared(installation: Installation, name: str, one: int, other: int) -> Any:
    answer = installation.client(name).get(f"/api/submissions/{one}/comparisons/{other}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def allow(installation: Installation, **rules: Any) -> None:
    installation.db.write(lambda session: session.execute(update(Competition).values(**rules)))


def counts_by_hand(one: bytes, other: bytes, split: str) -> dict[str, tuple[int, int]]:
    """For each true label the rows of a split on which only the first is right, and only the second."""
    sides = [[line.split(",")[1] for line in data.decode().splitlines()[1:]] for data in (one, other)]
    rows = [
        (label, first == label, second == label)
        for label, first, second, part in zip(truth(ROWS), *sides, usage(ROWS), strict=True)
        if part == split
    ]
    return {
        each: (
            sum(a and not b for label, a, b in rows if label == each),
            sum(b and not a for label, a, b in rows if label == each),
        )
        for each in CLASSES
    }


def labels_of(split: Any) -> dict[str, tuple[int, int]]:
    return {each["label"]: (each["first"], each["second"]) for each in split["labels"]}


def test_a_team_sees_the_difference_with_its_interval_and_the_tiers(
    installation: Installation, two_files: tuple[bytes, bytes, int, int]
) -> None:
    _, _, worse, better = two_files

    (public,) = compared(installation, "student0", better, worse)["splits"]
    (mirrored,) = compared(installation, "student0", worse, better)["splits"]

    assert public["gain"] == pytest.approx(public["first_score"] - public["second_score"], abs=1e-9)
    assert public["low"] < public["gain"] < public["high"]
    assert (public["better"], public["is_within_noise"], mirrored["better"]) == ("first", False, "second")
    assert (mirrored["gain"], mirrored["low"]) == (-public["gain"], -public["high"])
    assert f"Submission {better} alone reaches medium." in public["sentences"]
    assert public["labels"] is None


def test_two_files_that_chance_parts_are_within_noise(installation: Installation) -> None:
    data = predictions(ROWS, accuracy=0.8, seed=1)
    first_public = usage(ROWS).index("Public")
    lines = data.decode().splitlines()
    right = truth(ROWS)[first_public]
    other = CLASSES.replace(right, "")[0] if lines[1 + first_public].endswith(right) else right
    lines[1 + first_public] = f"{first_public},{other}"
    one = installation.submit("student0", data).id
    two = installation.submit("student0", "\n".join(lines).encode()).id

    (public,) = compared(installation, "student0", two, one)["splits"]

    assert (public["is_within_noise"], public["better"]) == (True, None)
    assert public["sentences"][0].startswith("Within noise: ")


def test_labels_are_told_of_public_rows_where_the_competition_allows_it(
    installation: Installation, two_files: tuple[bytes, bytes, int, int]
) -> None:
    worse_file, better_file, worse, better = two_files
    allow(installation, shows_disagreement=True)

    (public,) = compared(installation, "student0", better, worse)["splits"]
    page = browser(installation, "student0").get(PAGE, params={"submission": [better, worse]}).text

    assert labels_of(public) == counts_by_hand(better_file, worse_file, "Public")
    assert "Where they disagree, by the true label" in page


def test_staff_see_both_splits_and_their_labels(
    installation: Installation, two_files: tuple[bytes, bytes, int, int]
) -> None:
    worse_file, better_file, worse, better = two_files

    splits = {each["split"]: each for each in compared(installation, "tina", better, worse)["splits"]}

    assert labels_of(splits["public"]) == counts_by_hand(better_file, worse_file, "Public")
    assert labels_of(splits["private"]) == counts_by_hand(better_file, worse_file, "Private")


@pytest.mark.both
def test_students_see_the_private_difference_from_the_reveal_on_and_never_its_labels(
    installation: Installation, two_files: tuple[bytes, bytes, int, int]
) -> None:
    _, _, worse, better = two_files
    allow(installation, shows_disagreement=True)
    compared(installation, "tina", better, worse)  # what staff were told is kept, and for staff alone
    installation.clock.now = installation.competition().reveal_at - timedelta(microseconds=1)
    before = compared(installation, "student0", better, worse)["splits"]
    installation.clock.now = installation.competition().reveal_at

    public, private = compared(installation, "student0", better, worse)["splits"]

    assert [each["split"] for each in before] == ["public"]
    assert (public["split"], private["split"], private["labels"]) == ("public", "private", None)
    assert private["low"] < private["gain"] < private["high"]


def test_the_ladder_lets_nothing_be_told_of_rows(installation: Installation) -> None:
    allow(installation, ladder_step=0.01, shows_disagreement=True)
    one = installation.submit_accuracy("student0", 0.6, seed=1).id
    two = installation.submit_accuracy("student0", 0.8, seed=2).id

    (public,) = compared(installation, "student0", two, one)["splits"]

    assert (public["low"], public["is_within_noise"], public["labels"]) == (None, None, None)
    assert public["sentences"][1].startswith("Public scores are told in the Ladder's steps here")


def test_nobody_compares_what_is_not_theirs_or_has_no_score(
    installation: Installation, two_files: tuple[bytes, bytes, int, int]
) -> None:
    _, _, own, _ = two_files
    foreign = installation.submit_accuracy("student1", 0.7, seed=3).id
    broken = installation.submit("student0", b"id,label\n1,a\n").id
    student = installation.client("student0")

    statuses = [
        student.get(f"/api/submissions/{own}/comparisons/{other}").status_code
        for other in (foreign, broken, own, 10**6)
    ]

    page = browser(installation, "student0").get(PAGE, params={"submission": [own, foreign]})
    assert statuses == [404, 422, 422, 404]
    assert page.status_code == 404


@pytest.mark.both
def test_two_are_ticked_among_my_submissions_and_the_one_before_is_a_link_away(
    installation: Installation, two_files: tuple[bytes, bytes, int, int]
) -> None:
    _, _, worse, better = two_files
    client = browser(installation, "student0")

    listed = client.get("/competitions/tiny/submissions").text
    alone = client.get(f"/submissions/{better}").text
    first = client.get(f"/submissions/{worse}").text
    page = words(client.get(PAGE, params={"submission": [worse, better]}).text)
    choice = words(client.get(PAGE, params={"submission": [worse]}).text)

    assert listed.count('form="compare" name="submission"') == 2
    assert f"{PAGE}?submission={better}&amp;submission={worse}" in alone
    assert PAGE not in first
    assert f"Submission {better} beside {worse}" in page
    assert "Choose two of your scored files." in choice
