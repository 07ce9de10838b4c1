"""What a rescore is refused for: a version nobody can grade by, no reason, another one open, an archive."""

import pytest
from sqlalchemy import func, select, update

from server.domain.audit.actor import COMMAND_LINE
from server.domain.competitions import archiving
from server.domain.errors import Conflict, Invalid
from server.domain.grading.answer_keys import KeyChange
from server.domain.rescores import rescore as rescores
from server.models import AnswerKeyVersion, AuditEntry, Competition, PrivateKnownScore, RescoreState
from tests.support.installation import Installation
from tests.support.rescored import apply, as_it_is, asked_for, other_key, ready


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (KeyChange(key=b"id,label,Usage\n0,a,Public\n0,b,Private\n"), "answer key is refused"),
        (KeyChange(key=other_key().replace(b"\n399,", b"\n400,")), "does not fit the answer key"),
        (KeyChange(metric="rmse"), "number"),
        (KeyChange(metric="acuracy"), r"no metric 'acuracy'\. Is 'accuracy' meant"),
        (KeyChange(metric_arguments={"k": 3}), "no argument 'k'"),
        (KeyChange(metric="custom"), "higher_is_better"),
        (KeyChange(metric_file=b"def score(a, b, c): return 1.0"), "metric.py goes with"),
        (KeyChange(metric="accuracy_score"), "Nothing would change"),
    ],
)
def test_a_version_that_cannot_be_graded_by_is_refused(
    installation: Installation, change: KeyChange, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        asked_for(installation, change)

    versions = installation.db.read(lambda session: session.scalar(select(func.count(AnswerKeyVersion.id))))
    assert versions == 1


def test_while_one_is_open_no_other_begins_and_a_cancelled_one_makes_room(installation: Installation) -> None:
    rescore = asked_for(installation)
    competition = installation.competition()

    with pytest.raises(Conflict, match="still"):
        asked_for(installation, KeyChange(metric="classification_error"))
    installation.db.write(
        lambda session: rescores.cancel(
            session,
            competition=competition,
            rescore_id=rescore.id,
            reason="Not yet.",
            by=COMMAND_LINE,
            now=installation.clock(),
        )
    )
    again = ready(installation)

    assert again.state is RescoreState.READY
    assert as_it_is(installation, rescore.id).state is RescoreState.CANCELLED
    with pytest.raises(Conflict, match="cancelled"):
        apply(installation, rescore.id)


def test_a_sample_that_comes_to_another_score_stops_the_switch(installation: Installation) -> None:
    rescore = ready(installation)
    installation.db.write(
        lambda session: session.execute(update(PrivateKnownScore).values(public=0.123)) and None, private=True
    )

    with pytest.raises(Conflict, match="came to another score"):
        apply(installation, rescore.id)

    assert installation.competition().answer_key_id == rescore.from_key_id


def test_the_audit_trail_tells_both_versions_and_why(installation: Installation) -> None:
    rescore = ready(installation)

    apply(installation, rescore.id, "The labels were wrong, sorry.")

    entry = installation.db.read(
        lambda session: session.scalars(select(AuditEntry).where(AuditEntry.act == "rescore_applied")).one()
    )
    assert entry.by == installation.user("tina").id
    assert entry.reason == "The labels were wrong, sorry."
    assert entry.before is not None
    assert entry.after is not None
    assert (entry.before["version"], entry.after["version"]) == (1, 2)
    assert entry.before["answer_key_sha256"] != entry.after["answer_key_sha256"]


def test_each_act_wants_a_reason(installation: Installation) -> None:
    rescore = ready(installation)

    with pytest.raises(Invalid, match="Say why"):
        apply(installation, rescore.id, "  ")


def test_an_archived_competition_is_not_rescored(installation: Installation) -> None:
    rescore = ready(installation)
    archived = update(Competition).values(archived_at=installation.clock())
    installation.db.write(lambda session: session.execute(archived) and None)

    with pytest.raises(archiving.Archived):
        apply(installation, rescore.id)

    assert installation.competition().answer_key_id == rescore.from_key_id
