"""Commitments: made at the import, kept as they were, sealed until the reveal and then open to everybody."""

import hashlib
import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.proofs.commitment import commitment, split_sha256
from server.domain.audit.actor import COMMAND_LINE, Actor
from server.domain.errors import PrivateHidden
from server.domain.grading import answer_keys, commitments
from server.domain.rescores import rescore as rescores
from server.models import AnswerKeyVersion, Competition, CompetitionFile, PrivateSalt, Rescore, RescoreState
from tests.server.first_law.test_first_law import addresses, crawl
from tests.support.installation import Installation

pytestmark = pytest.mark.both(later="postgresql")

ADDRESS = "/api/competitions/tiny/commitment"
REASON = "Row 17 had the wrong label."


def secrets_of(installation: Installation) -> PrivateSalt:
    return installation.db.read(lambda session: session.scalars(select(PrivateSalt)).one(), private=True)


def reveal(installation: Installation) -> None:
    installation.clock.now = installation.competition().reveal_at


def correct(installation: Installation, *, switched: bool) -> None:
    """A second version of the answer key, as a rescore makes it, and its commitment."""

    def work(session: Session) -> None:
        competition = session.scalars(select(Competition)).one()
        first = session.get_one(AnswerKeyVersion, competition.answer_key_id)
        columns = {name: getattr(first, name) for name in first.__table__.columns.keys()}  # noqa: SIM118
        key = AnswerKeyVersion(**columns | {"id": None, "version": 2, "sha256": "c" * 64, "reason": REASON})
        session.add(key)
        session.flush()
        session.add(
            Rescore(
                competition_id=competition.id,
                from_key_id=first.id,
                to_key_id=key.id,
                state=RescoreState.APPLIED if switched else RescoreState.GRADING,
                reason=REASON,
                created_at=installation.clock(),
                switched_at=installation.clock() if switched else None,
            )
        )
        if switched:
            competition.answer_key_id = key.id
        commitments.commit(
            session,
            competition=competition,
            key=key,
            split_sha256="d" * 64,
            by=Actor(installation.user("iris").id),
            now=installation.clock(),
        )

    installation.db.write(work, private=True)


def test_the_commitment_is_published_and_sealed_from_the_import_on(installation: Installation) -> None:
    answer = installation.client("student0").get(ADDRESS).json()

    assert answer["state"] == "sealed"
    assert answer["commitment"] == installation.competition().commitment
    assert len(answer["commitment"]) == 64
    assert [set(version) for version in answer["versions"]] == [
        {"version", "commitment", "made_at", "reason", "is_current"}
    ]


def test_everybody_can_recompute_it_after_the_reveal(installation: Installation) -> None:
    before = installation.client("student0").get(ADDRESS).json()
    key = (installation.folder / "built" / "private" / "answer_key.csv").read_bytes()
    reveal(installation)

    answer = installation.client("student0").get(ADDRESS).json()

    version = answer["versions"][0]
    covers = json.loads(version["text"])
    salted = bytes.fromhex(version["salt"]) + version["text"].encode()
    assert answer["state"] == "opened"
    assert hashlib.sha256(salted).hexdigest() == before["commitment"]
    assert covers["competition"] == "tiny"
    assert covers["answer_key_sha256"] == hashlib.sha256(key).hexdigest()
    assert covers["split_sha256"] == split_sha256(key, id_column="id")
    assert (covers["metric"], covers["higher_is_better"]) == ("accuracy", True)


@pytest.mark.both
def test_a_later_version_has_its_own_and_leaves_the_openings_as_it_was(installation: Installation) -> None:
    opening = installation.competition().commitment
    installation.clock.advance(timedelta(hours=1))
    correct(installation, switched=True)

    answer = installation.client("student0").get(ADDRESS).json()

    assert answer["commitment"] == opening
    assert [(v["version"], v["reason"], v["is_current"]) for v in answer["versions"]] == [
        (1, "", False),
        (2, REASON, True),
    ]
    assert answer["versions"][0]["commitment"] == opening != answer["versions"][1]["commitment"]
    assert answer["versions"][1]["made_at"] > answer["versions"][0]["made_at"]


@pytest.mark.both
def test_both_versions_open_at_the_reveal(installation: Installation) -> None:
    correct(installation, switched=True)
    reveal(installation)

    versions = installation.client("student0").get(ADDRESS).json()["versions"]

    again = [commitment(v["text"], bytes.fromhex(v["salt"])) for v in versions]
    assert again == [v["commitment"] for v in versions]
    assert [json.loads(v["text"])["key_version"] for v in versions] == [1, 2]


@pytest.mark.both
def test_a_corrected_key_is_committed_to_as_its_rescore_is_asked_for(installation: Installation) -> None:
    data = (installation.folder / "built" / "private" / "answer_key.csv").read_bytes()
    lines = data.splitlines(keepends=True)
    other = b"".join([*lines[:-1], lines[-1].replace(b"Public", b"Ignored").replace(b"Private", b"Ignored")])

    def work(session: Session) -> None:
        competition = session.scalars(select(Competition)).one()
        sample = session.scalars(
            select(CompetitionFile).where(CompetitionFile.name == answer_keys.SAMPLE)
        ).one()
        new = answer_keys.prepare(
            installation.context.store,
            competition=competition,
            current=answer_keys.current_of(session, competition.id),
            sample=sample,
            change=answer_keys.KeyChange(key=other),
        )
        rescore = rescores.request(
            session,
            competition=competition,
            new=new,
            reason=REASON,
            by=COMMAND_LINE,
            now=installation.clock(),
        )
        competition.answer_key_id = rescore.to_key_id

    installation.db.write(work, private=True)
    reveal(installation)

    first, second = installation.client("student0").get(ADDRESS).json()["versions"]

    covers = json.loads(second["text"])
    assert commitment(second["text"], bytes.fromhex(second["salt"])) == second["commitment"]
    assert covers["answer_key_sha256"] == hashlib.sha256(other).hexdigest()
    assert covers["split_sha256"] == split_sha256(other, id_column="id")
    assert covers["split_sha256"] != json.loads(first["text"])["split_sha256"]


def test_a_version_that_no_board_has_shown_is_not_told(installation: Installation) -> None:
    correct(installation, switched=False)
    reveal(installation)

    answer = installation.client("student0").get(ADDRESS)

    assert [version["version"] for version in answer.json()["versions"]] == [1]
    assert REASON not in answer.text


def test_the_salt_is_kept_from_staff_too_until_the_reveal(installation: Installation) -> None:
    secret = secrets_of(installation)

    answers = [installation.client(name).get(ADDRESS).text for name in ("tina", "iris", "root")]

    assert [secret.salt in answer for answer in answers] == [False, False, False]
    with pytest.raises(PrivateHidden):
        installation.db.read(
            lambda session: commitments.opened(
                session, competition=installation.competition(), now=installation.clock()
            ),
            private=True,
        )


@pytest.mark.parametrize("username", ["student0", "mallory", None])
def test_no_answer_before_the_reveal_holds_salt_text_or_a_hash_of_key_or_split(
    installation: Installation, username: str | None
) -> None:
    run = installation.train("simple")
    submission = installation.submit_accuracy("student0", 0.6, seed=1)
    correct(installation, switched=True)
    versions = secrets_of(installation).covers.values()
    secrets = [version["salt"] for version in versions]
    for version in versions:
        covers = json.loads(version["text"])
        secrets += [covers["answer_key_sha256"], covers["split_sha256"], "answer_key_sha256"]
    installation.clock.now = installation.competition().reveal_at - timedelta(microseconds=1)

    answers = crawl(installation.client(username), list(addresses(installation, submission.id, run)))

    assert "/api/competitions/tiny/commitment" in answers
    assert {path for path, answer in answers.items() for secret in secrets if secret in answer} == set()


def test_the_crawl_would_find_them_after_the_reveal(installation: Installation) -> None:
    salt = secrets_of(installation).salt
    reveal(installation)

    answers = crawl(installation.client("student0"), list(addresses(installation, 1, 1)))

    paths = {path for path, answer in answers.items() if salt in answer}
    assert paths == {"/api/competitions/tiny/commitment", "/competitions/tiny/trust"}


def test_a_competition_from_before_commitments_says_so(installation: Installation) -> None:
    def add_older(session: Session) -> None:
        tiny = session.scalars(select(Competition)).one()
        columns = {name: getattr(tiny, name) for name in Competition.__table__.columns.keys()}  # noqa: SIM118
        session.add(Competition(**columns | {"id": None, "slug": "older", "commitment": None}))

    installation.db.write(add_older)

    answer = installation.client("student0").get("/api/competitions/older/commitment").json()
    page = installation.client("student0").get("/competitions/older/trust").text

    assert (answer["state"], answer["commitment"], answer["versions"]) == ("none", None, [])
    assert "older than commitments" in page


def test_the_page_shows_the_promise_and_later_what_it_was_made_of(installation: Installation) -> None:
    student = installation.client("student0")
    overview = student.get("/competitions/tiny/rules").text
    sealed = student.get("/competitions/tiny/trust").text
    secret = secrets_of(installation)
    reveal(installation)
    opened = student.get("/competitions/tiny/trust").text

    assert "/competitions/tiny/trust" in overview
    assert str(installation.competition().commitment) in sealed
    assert "sealed until" in sealed
    assert secret.salt not in sealed
    assert secret.salt in opened
    assert "after the reveal anybody can check" in sealed
    assert "now anybody can check" in opened
    for page in (sealed, opened):
        first = page.index('class="note promise"')
        assert first < page.index('class="measure"')
        unfolded = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
        assert re.findall(r"\b[0-9a-f]{32,}\b", unfolded) == []
