"""Rescores: a new key or metric is graded in the background, previewed, switched to at once, undone."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from grader.scores.ladder import ladder_score
from server.domain.audit.actor import COMMAND_LINE
from server.domain.errors import Conflict
from server.domain.grading import grading_key
from server.domain.grading.answer_keys import KeyChange
from server.domain.rescores import rescore as rescores
from server.domain.rescores import switch as rescore_switch
from server.domain.rescores import verdicts as rescore_verdicts
from server.domain.rescores.rescore import LeaseLost
from server.models import (
    AuditEntry,
    Competition,
    PublicScore,
    Rescore,
    RescoreState,
    Submission,
    SubmissionState,
    Unscored,
)
from server.services.board_cache import make_board
from server.services.grading.grade import outcome_of
from server.services.uploads.left_behind import sweep
from tests.support import tiny_homework
from tests.support.installation import Installation
from tests.support.rescored import (
    LEASE,
    REASON,
    apply,
    as_it_is,
    asked_for,
    board,
    claimed,
    other_key,
    other_truth,
    public_scores,
    ready,
    score_under,
    undo,
    wrong_standings,
)

pytestmark = pytest.mark.both


def file_of(accuracy: float, seed: int) -> bytes:
    return tiny_homework.predictions(400, accuracy=accuracy, seed=seed)


def switch_alone(installation: Installation, rescore: Rescore) -> None:
    """The switch without what the edge does before it."""
    installation.db.write(
        lambda session: rescore_switch.apply(
            session,
            competition_id=rescore.competition_id,
            rescore_id=rescore.id,
            reason=REASON,
            by=COMMAND_LINE,
            now=installation.clock(),
        ),
        private=True,
    )


def test_nothing_changes_until_the_switch_and_then_everything_at_once(installation: Installation) -> None:
    installation.train("simple")
    sent = {installation.submit("student0", file_of(0.9, 1)).id: file_of(0.9, 1)}
    sent[installation.submit("student1", file_of(0.6, 2)).id] = file_of(0.6, 2)
    before, scores = board(installation), public_scores(installation)

    rescore = ready(installation)
    meanwhile = (board(installation), public_scores(installation))
    apply(installation, rescore.id)

    assert meanwhile == (before, scores)
    assert rescore.state is RescoreState.READY
    assert (rescore.done, rescore.total) == (3, 3)
    after = public_scores(installation)
    assert {each: after[each] for each in sent} == {
        each: pytest.approx(score_under(data, other_truth(), "Public")) for each, data in sent.items()
    }
    assert board(installation) != before
    assert wrong_standings(installation) == []
    assert as_it_is(installation, rescore.id).state is RescoreState.APPLIED


def test_undoing_shows_the_earlier_scores_and_grades_what_came_meanwhile(installation: Installation) -> None:
    first = installation.submit("student0", file_of(0.8, 1))
    rescore = ready(installation)
    apply(installation, rescore.id)
    second = installation.submit("student1", file_of(0.7, 2))

    back = undo(installation, rescore.id)

    scores = public_scores(installation)
    assert back is None
    assert scores[first.id] == pytest.approx(tiny_homework.score_of(file_of(0.8, 1), "Public"))
    assert scores[second.id] == pytest.approx(tiny_homework.score_of(file_of(0.7, 2), "Public"))
    assert wrong_standings(installation) == []
    assert as_it_is(installation, rescore.id).state is RescoreState.UNDONE
    score_count = installation.db.read(
        lambda session: session.scalar(select(func.count()).select_from(PublicScore))
    )
    assert score_count == 4


def test_an_undo_with_much_to_grade_first_becomes_a_rescore_back(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.submit("student0", file_of(0.8, 1))
    rescore = ready(installation)
    apply(installation, rescore.id)
    installation.submit("student1", file_of(0.7, 2))
    monkeypatch.setattr("server.services.rescores.acts.MISSING_MOST", 0)

    back = undo(installation, rescore.id)

    assert back is not None
    assert (back.from_key_id, back.to_key_id) == (rescore.to_key_id, rescore.from_key_id)
    claimed(installation, back.id).work()
    apply(installation, back.id)
    assert installation.competition().answer_key_id == rescore.from_key_id
    assert wrong_standings(installation) == []


def test_another_metric_changes_the_direction_of_the_boards(installation: Installation) -> None:
    installation.train("simple")
    installation.submit("student0", file_of(0.9, 1))
    installation.submit("student1", file_of(0.6, 2))

    rescore = ready(installation, KeyChange(metric="Top-1 error"))
    apply(installation, rescore.id)

    competition = installation.competition()
    assert (competition.metric, competition.higher_is_better) == ("classification_error", False)
    names = [team for team, _ in board(installation) if team.startswith("Student")]
    assert names == ["Student0", "Student1"]
    assert board(installation)[0][1] < board(installation)[-1][1]
    assert wrong_standings(installation) == []


def test_an_upload_between_ready_and_the_switch_is_graded_under_both(installation: Installation) -> None:
    installation.submit("student0", file_of(0.8, 1))
    rescore = ready(installation)
    data = file_of(0.7, 2)

    late = installation.submit("student1", data)
    before = public_scores(installation)[late.id]
    apply(installation, rescore.id)

    assert before == pytest.approx(tiny_homework.score_of(data, "Public"))
    assert public_scores(installation)[late.id] == pytest.approx(score_under(data, other_truth(), "Public"))
    assert wrong_standings(installation) == []


def test_a_switch_with_a_verdict_missing_does_not_happen(installation: Installation) -> None:
    rescore = ready(installation)
    installation.submit("student1", file_of(0.7, 2))

    with pytest.raises(rescore_switch.StillMissing):
        switch_alone(installation, rescore)

    assert installation.competition().answer_key_id == rescore.from_key_id
    assert as_it_is(installation, rescore.id).state is RescoreState.READY


def test_a_grading_that_spans_the_switch_is_not_recorded_and_done_again(installation: Installation) -> None:
    rescore = ready(installation)
    data = file_of(0.7, 3)
    submission = installation.submit("student0", data)
    installation.db.write(
        lambda session: (
            session.execute(update(Submission).values(state=SubmissionState.RECEIVED, finished_at=None))
            and session.execute(PublicScore.__table__.delete())  # type: ignore[attr-defined]
            and None
        )
    )
    old = installation.db.read(
        lambda session: grading_key.current_key(session, session.get_one(Competition, 1))
    )
    outcome = outcome_of(data, key=old, keys=installation.context.keys)
    switch_alone(installation, rescore)

    state = installation.context.record(submission, old, outcome)
    swept = sweep(installation.context, older_than=timedelta())

    assert (state, swept) == (SubmissionState.RECEIVED, 1)
    assert public_scores(installation) == {
        submission.id: pytest.approx(score_under(data, other_truth(), "Public"))
    }


def test_a_key_read_after_the_switch_goes_with_its_own_metric(installation: Installation) -> None:
    stale = installation.competition()
    rescore = ready(installation, KeyChange(metric="classification_error"))
    apply(installation, rescore.id)

    key = installation.db.read(lambda session: grading_key.current_key(session, stale))

    assert (stale.metric, key.spec.metric, key.higher_is_better) == (
        "accuracy",
        "classification_error",
        False,
    )


def test_of_two_parallel_applies_one_wins(installation: Installation) -> None:
    installation.submit("student0", file_of(0.8, 1))
    rescore = ready(installation)
    revision = board_revision(installation)
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def race() -> None:
        barrier.wait()
        try:
            apply(installation, rescore.id)
            outcomes.append("won")
        except Conflict:
            outcomes.append("lost")

    threads = [threading.Thread(target=race) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["lost", "won"]
    assert board_revision(installation) == revision + 1
    acts = installation.db.read(
        lambda session: list(session.scalars(select(AuditEntry.act).where(AuditEntry.subject == "rescore 1")))
    )
    assert acts == ["rescore_requested", "rescore_applied"]


def board_revision(installation: Installation) -> int:
    revision: int = (
        installation.client("tina").get("/api/competitions/tiny/leaderboard/public").json()["revision"]
    )
    return revision


def test_a_board_read_during_switches_is_of_one_version(installation: Installation) -> None:
    for number in range(3):
        installation.submit(f"student{number}", file_of(0.5 + number / 8, number))
    rescore = ready(installation, KeyChange(key=other_key(), metric="classification_error"))
    old = whole_board(installation)
    seen: list[tuple[object, ...]] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            seen.append(whole_board(installation))

    reader = threading.Thread(target=look)
    reader.start()
    apply(installation, rescore.id)
    new = whole_board(installation)
    undo(installation, rescore.id)
    stop.set()
    reader.join()

    assert old != new
    assert all(each in (old, new) for each in seen)


def whole_board(installation: Installation) -> tuple[object, ...]:
    """The public board's metric and rows, made as for a request."""
    public_board = installation.db.read(lambda session: make_board(session, 1, "public"))
    return public_board.head["metric"], *((row.team, row.score) for row in public_board.rows)


def test_a_rescorer_that_dies_is_followed_by_one_that_goes_on(installation: Installation) -> None:
    for number in range(3):
        installation.submit(f"student{number}", file_of(0.7, number))
    rescore = asked_for(installation)
    first = claimed(installation, rescore.id)
    some = installation.db.read(first._missing)[:2]
    first._keep(
        installation.db.read(lambda session: rescore_verdicts.key_of_version(session, rescore.to_key_id)),
        list(first._graded(some)),
    )
    idle = installation.db.read(lambda session: rescores.due_ids(session, now=installation.clock()))
    installation.clock.advance(LEASE)
    due = installation.db.read(lambda session: rescores.due_ids(session, now=installation.clock()))

    second = claimed(installation, rescore.id)
    left = installation.db.read(second._missing)
    second.work()

    assert (idle, due) == ([], [rescore.id])
    assert len(left) == 1
    assert as_it_is(installation, rescore.id).state is RescoreState.READY
    with pytest.raises(LeaseLost):
        first.work()


def test_files_that_the_new_metric_refuses_lose_their_score_and_are_named(installation: Installation) -> None:
    good = installation.submit("student0", file_of(0.8, 1))
    data = file_of(0.7, 2).replace(b"\n5,a\n", b"\n5,e\n").replace(b"\n5,b\n", b"\n5,e\n")
    data = data.replace(b"\n5,c\n", b"\n5,e\n").replace(b"\n5,d\n", b"\n5,e\n")
    odd = installation.submit("student1", data)
    installation.db.write(
        lambda session: session.execute(update(Competition).values(labels=list("abcd"))) and None
    )

    rescore = ready(installation, KeyChange(metric="balanced_accuracy"))
    apply(installation, rescore.id)

    assert set(public_scores(installation)) == {good.id}
    lost = installation.db.read(lambda session: session.scalars(select(Unscored)).one())
    assert (lost.submission_id, lost.answer_key_id) == (odd.id, rescore.to_key_id)
    assert "e" in str(lost.problems)
    assert [team for team, _ in board(installation)] == ["Student0"]
    assert wrong_standings(installation) == []


def test_under_the_ladder_a_rescore_releases_scores_in_the_order_of_receipt(
    installation: Installation,
) -> None:
    ladder = update(Competition).values(ladder_step=0.05)
    installation.db.write(lambda session: session.execute(ladder) and None)
    files = {}
    for seed, accuracy in ((1, 0.6), (2, 0.9), (3, 0.5)):
        installation.clock.advance(timedelta(minutes=1))
        files[installation.submit("student0", file_of(accuracy, seed)).id] = file_of(accuracy, seed)

    apply(installation, ready(installation).id)

    shown, best = [], None
    for data in files.values():
        raw = score_under(data, other_truth(), "Public")
        best = ladder_score(best, raw, step=0.05, higher_is_better=True)
        shown.append(best)
    assert [public_scores(installation)[each] for each in files] == shown
    assert wrong_standings(installation) == []
