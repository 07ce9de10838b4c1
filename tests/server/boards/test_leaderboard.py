"""Boards: who stands where, who may see what and when, and bytes that tell the truth."""

import zlib
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.database.private_tables import PrivateScoresGuarded
from server.domain.boards import standings
from server.models import BoardRevision, PrivateScore, PublicScore, Standing, TeamMember, User
from tests.support.browser import words
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions, score_of

pytestmark = pytest.mark.both

BOARD = "/api/competitions/tiny/leaderboard"


def test_the_public_board_orders_by_score_and_marks_baselines(installation: Installation) -> None:
    installation.train("simple")
    installation.submit_accuracy("student0", 0.65, seed=1)
    installation.submit_accuracy("student1", 0.95, seed=2)
    installation.submit_accuracy("student2", 0.40, seed=3)

    rows = installation.client("student0").get(f"{BOARD}/public").json()["rows"]

    assert [(row["rank"], row["team"], row["kind"]) for row in rows] == [
        (1, "Student1", "student"),
        (2, "Student0", "student"),
        (None, "simple baseline", "baseline"),
        (3, "Student2", "student"),
    ]
    assert rows[2]["hint"] == "The simple idea."
    assert rows[2]["minutes"] == 1.0


def test_equal_scores_share_a_rank_and_the_earlier_receipt_stands_first(installation: Installation) -> None:
    data = predictions(400, accuracy=0.7, seed=1)
    for name in ("student1", "student0"):
        installation.submit(name, data)
        installation.clock.advance(timedelta(minutes=1))
    installation.submit_accuracy("student2", 0.3, seed=2)

    rows = installation.client("student0").get(f"{BOARD}/public").json()["rows"]

    assert [(row["rank"], row["team"]) for row in rows] == [(1, "Student1"), (1, "Student0"), (3, "Student2")]


def test_the_private_board_opens_to_students_at_the_very_instant_of_the_reveal(
    installation: Installation,
) -> None:
    installation.submit_accuracy("student0", 0.65, seed=1)
    reveal = installation.competition().reveal_at
    student, staff = installation.client("student0"), installation.client("tina")

    installation.clock.now = reveal - timedelta(microseconds=1)
    before, staff_before = student.get(f"{BOARD}/private"), staff.get(f"{BOARD}/private")
    installation.clock.now = reveal
    after = student.get(f"{BOARD}/private")

    assert before.status_code == 403
    assert before.json()["error"]["code"] == "private_hidden"
    assert "score" not in before.text.replace("private_scores", "")
    assert staff_before.status_code == 200
    assert after.json()["rows"] == staff_before.json()["rows"]


def test_the_private_board_counts_final_selections_or_else_the_best_public(
    installation: Installation,
) -> None:
    files = [predictions(400, accuracy=accuracy, seed=seed) for seed, accuracy in enumerate((0.9, 0.5, 0.6))]
    ids = [installation.submit("student0", data).id for data in files]
    for data in files:
        installation.submit("student1", data)
    client = installation.client("student0")
    for each in ids[1:]:
        client.put(f"/api/submissions/{each}/final", json={"selected": True})

    rows = installation.client("tina").get(f"{BOARD}/private").json()["rows"]

    private = [score_of(data, "Private") for data in files]
    scores = {row["team"]: row["score"] for row in rows}
    assert scores["Student0"] == pytest.approx(max(private[1:]), abs=5e-4)
    assert scores["Student1"] == pytest.approx(private[0], abs=5e-4)


def test_a_board_is_named_by_its_etag_and_changes_with_each_score(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.65, seed=1)
    client = installation.client("student0")
    first = client.get(f"{BOARD}/public")
    unchanged = client.get(f"{BOARD}/public", headers={"If-None-Match": first.headers["etag"]})
    installation.submit_accuracy("student1", 0.9, seed=2)
    changed = client.get(f"{BOARD}/public", headers={"If-None-Match": first.headers["etag"]})

    assert unchanged.status_code == 304
    assert unchanged.content == b""
    assert changed.status_code == 200
    assert changed.json()["rows"][0]["team"] == "Student1"


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "identity"])
def test_a_board_is_the_same_in_every_encoding(installation: Installation, encoding: str) -> None:
    installation.submit_accuracy("student0", 0.65, seed=1)
    client = installation.client("student0")
    plain = client.get(f"{BOARD}/public", headers={"Accept-Encoding": "identity"}).content

    with client.stream("GET", f"{BOARD}/public", headers={"Accept-Encoding": encoding}) as answer:
        raw = b"".join(answer.iter_raw())

    assert answer.headers.get("content-encoding", "identity") == encoding
    if encoding == "gzip":
        assert zlib.decompress(raw, wbits=31) == plain


def test_pages_of_a_board_put_together_are_the_board(installation: Installation) -> None:
    for number in range(3):
        installation.submit_accuracy(f"student{number}", 0.5 + number / 10, seed=number)
    client = installation.client("student0")
    whole = client.get(f"{BOARD}/public").json()["rows"]

    first = client.get(f"{BOARD}/public", params={"limit": 2}).json()
    second = client.get(f"{BOARD}/public", params={"limit": 2, "after": first["next"]}).json()

    assert first["rows"] + second["rows"] == whole
    assert second["next"] is None


def test_the_own_row_is_found_wherever_it_stands(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.5, seed=1)
    installation.submit_accuracy("student1", 0.9, seed=2)

    own = installation.client("student0").get(f"{BOARD}/public/me").json()["row"]
    none = installation.client("student2").get(f"{BOARD}/public/me").json()["row"]

    assert (own["rank"], own["team"]) == (2, "Student0")
    assert none is None


def test_a_session_for_students_cannot_even_name_private_scores(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.5, seed=1)

    with pytest.raises(PrivateScoresGuarded):
        installation.db.read(lambda session: session.query(PrivateScore).all())

    assert len(installation.db.read(lambda session: session.query(PrivateScore).all(), private=True)) == 1


def test_kept_standings_are_what_the_submissions_say(installation: Installation) -> None:
    installation.train("simple")
    for seed, name in enumerate(("student0", "student1", "student0")):
        installation.submit_accuracy(name, 0.5 + seed / 10, seed=seed)
    competition = installation.competition()

    differences = installation.db.read(
        lambda session: standings.differences(session, competition=competition), private=True
    )

    assert differences == []


def test_a_standing_within_noise_of_a_better_one_names_its_rank(installation: Installation) -> None:
    for name, accuracy in (("student0", 0.90), ("student1", 0.88), ("student2", 0.40)):
        installation.submit_accuracy(name, accuracy, seed=7)
    staff = installation.client("tina")

    boards = {split: staff.get(f"{BOARD}/{split}").json()["rows"] for split in ("public", "private")}

    for rows in boards.values():
        assert [(row["rank"], row["tied_with"]) for row in rows] == [(1, None), (2, 1), (3, None)]
    page = staff.get("/competitions/tiny/leaderboard").text
    assert words(page).count("Ranks 1 to 2, 2 teams: within noise of the first") == 1


def test_scores_without_a_standard_error_are_tied_when_they_are_equal_alone(
    installation: Installation,
) -> None:
    data = predictions(400, accuracy=0.7, seed=1)
    installation.submit("student0", data)
    installation.submit("student1", data)
    installation.submit_accuracy("student2", 0.69, seed=1)
    installation.db.write(
        lambda session: session.execute(update(PublicScore).values(standard_error=None)) and None
    )

    rows = installation.client("student0").get(f"{BOARD}/public").json()["rows"]

    assert [(row["rank"], row["tied_with"]) for row in rows] == [(1, None), (1, 1), (3, None)]


@pytest.mark.parametrize(
    ("first", "second"), [(0.70003, 0.70001), (0.7000012, 0.7000011)], ids=["one more", "three more"]
)
def test_scores_that_differ_and_would_read_the_same_have_as_many_decimals_as_tell_them_apart(
    installation: Installation, first: float, second: float
) -> None:
    for name in ("student0", "student1", "student2"):
        installation.submit_accuracy(name, 0.7, seed=ord(name[-1]))
    close = {"student0": second, "student1": first, "student2": 0.69}
    installation.db.write(lambda session: _let_stand(session, close), private=True)
    client = installation.client("student0")

    rows = client.get(f"{BOARD}/public").json()["rows"]
    page = client.get("/competitions/tiny/leaderboard").text

    assert [row["score"] for row in rows] == [first, second, 0.69]
    assert [row["rank"] for row in rows] == [1, 2, 3]
    assert all(f">{text}<" in page for text in (str(first), str(second), "0.6900"))


def _let_stand(session: Session, scores: dict[str, float]) -> None:
    """Put these public scores on the board, and let its pages follow."""
    for name, score in scores.items():
        of_user = select(TeamMember.team_id).join(User).where(User.username == name).scalar_subquery()
        values = {"score": score, "sort_key": score}
        session.execute(update(Standing).where(Standing.team_id == of_user).values(values))
    session.execute(update(BoardRevision).values(public=BoardRevision.public + 1))
