"""An instructor sets a competition up by Kaggle's client, and publishes a trial as a threshold."""

import pytest
from sqlalchemy import select

from server.domain.setup.drafts import steps
from server.domain.setup.drafts.steps import MetricChoice
from server.models import AuditEntry, DraftState
from server.services.kaggle import hosting
from tests.support.drafts import drafts_of, launch_now
from tests.support.installation import Installation
from tests.support.kaggle import KaggleClient
from tests.support.tiny_homework import predictions

WAVES = {"competitionName": "waves"}
TIERS = {name: {"hint": "An idea."} for name in ("simple", "medium", "strong", "boss")}
METRIC = MetricChoice("accuracy", "id", ("label",))


def sent(client: KaggleClient, data: bytes, name: str = "file.csv") -> str:
    """The token of a file that was sent for a competition to be."""
    body = {"type": "DATASET", "name": name, "contentLength": len(data)}
    facts = client.http.post("/api/v1/blobs.BlobApiService/StartBlobUpload", json=body).json()
    assert client.send(facts["createUrl"], data).status_code == 200
    return str(facts["token"])


def begun(installation: Installation) -> KaggleClient:
    """An instructor's client that has created `waves`."""
    client = KaggleClient(installation, "iris")
    new = {"slug": "waves", "title": "Waves", "briefDescription": "Which wave?", "privacy": "LIMITED"}
    assert client.call("CreateCompetition", **new).json()["ref"] == "waves"
    return client


def furnish(installation: Installation, client: KaggleClient) -> None:
    """Send the data and the key of the tiny homework."""
    built = installation.folder / "built"
    files = [
        {"name": path.name, "token": sent(client, path.read_bytes())}
        for path in sorted((built / "public").iterdir())
    ]
    assert client.call("CreateCompetitionData", files=files, versionNotes="first", **WAVES).is_success
    key = sent(client, (built / "private" / "answer_key.csv").read_bytes())
    assert client.call("CreateCompetitionSolution", blobToken=key, **WAVES).json() == {}


@pytest.mark.both
def test_a_competition_is_set_up_and_launched(installation: Installation) -> None:
    client = begun(installation)
    text = {"page": {"content": "# Waves\n\nDue {{ deadline }}."}, "updateMask": "content"}
    assert client.call("UpdateCompetitionPage", pageName="description", **text, **WAVES).is_success
    furnish(installation, client)
    before = client.call("GetCompetitionSettings", **WAVES).json()
    later = {"title": "Waves II", "deadline": "2030-05-20T12:00:00.000+00:00Z"}
    after = client.call(
        "UpdateCompetitionSettings", settings=later, updateMask="title,deadline", **WAVES
    ).json()
    missing = client.call("GetCompetitionSolutionStatus", **WAVES).json()
    too_early = client.call("LaunchCompetition", **WAVES)
    host = hosting.ActingHost(installation.user("iris"), installation.clock())
    store = installation.context.store
    hosting.save(
        installation.context,
        "waves",
        lambda parts: steps.with_metric(store, parts, METRIC),
        name="metric",
        host=host,
    )

    launched = client.call("LaunchCompetition", **WAVES)

    assert (before["title"], after["title"]) == ("Waves", "Waves II")
    assert after["deadline"].startswith("2030-05-20T12:00")
    assert after["privateLeaderboardReleaseDate"] > after["deadline"]
    assert (missing["ready"], too_early.status_code) == (False, 422)
    assert "no metric" in missing["setupError"]
    assert "no metric" in too_early.json()["message"]
    assert launched.status_code == 200, launched.text
    (draft,) = drafts_of(installation)
    assert draft.state is DraftState.LAUNCHING
    launch_now(installation, draft.id)
    competition = installation.competition_named("waves")
    assert competition.opens_at < installation.clock()
    again = client.call("GetCompetitionSettings", **WAVES)
    assert (again.status_code, "launched" in again.json()["message"]) == (409, True)


def test_the_pages_of_a_draft_are_listed_for_whoever_writes_it_and_one_is_deleted(
    installation: Installation,
) -> None:
    client = begun(installation)
    text = "# Waves, due {{ deadline }}"
    page = {"page": {"content": text}, "pageName": "description"}
    assert client.call("UpdateCompetitionPage", **page, **WAVES).is_success

    before = client.call("ListCompetitionPages", **WAVES).json()["pages"]
    others = [
        KaggleClient(installation, name).call("ListCompetitionPages", **WAVES) for name in ("tina", "ivan")
    ]
    unknown = client.call("DeleteCompetitionPage", pageName="rules", **WAVES)
    deleted = client.call("DeleteCompetitionPage", pageName="description", **WAVES)
    after = client.call("ListCompetitionPages", **WAVES).json()["pages"]

    assert [(each["content"], each["isPublished"]) for each in before] == [(text, False)]
    assert [each.status_code for each in others] == [404, 404]
    assert (unknown.status_code, deleted.status_code, after) == (422, 200, [])
    assert "no description" in client.call("GetCompetitionSolutionStatus", **WAVES).json()["setupError"]


def test_what_has_no_place_here_is_refused_with_a_sentence(installation: Installation) -> None:
    client = begun(installation)
    page = {"name": "rules", "content": "No."}

    refusals = [
        client.call("CreateCompetition", slug="other", title="x", hackathon=True),
        client.call("CreateCompetition", slug="other", title="x", cloneCompetitionId=1),
        client.call("CreateCompetitionPage", page=page, **WAVES),
        client.call(
            "UpdateCompetitionSettings", settings={"hasScripts": True}, updateMask="hasScripts", **WAVES
        ),
        client.call(
            "UpdateCompetitionSettings", settings={"deadline": "soon"}, updateMask="deadline", **WAVES
        ),
        client.call("LaunchCompetition", futureTime="2030-05-01T00:00:00", **WAVES),
        client.call("CreateCompetitionData", competitionDatabundleType="RERUN", **WAVES),
    ]

    assert [each.status_code for each in refusals] == [422] * 7
    assert all(each.json()["message"].endswith((".", ". Z")) for each in refusals)


@pytest.mark.parametrize(("username", "status"), [("student0", 403), ("tina", 403), ("ivan", 404)])
def test_nobody_else_sets_it_up(installation: Installation, username: str, status: int) -> None:
    begun(installation)
    client = KaggleClient(installation, username)

    answers = [
        client.call(method, **WAVES)
        for method in ("GetCompetitionSettings", "GetCompetitionSolutionStatus", "LaunchCompetition")
    ]

    assert [each.status_code for each in answers] == [status] * 3
    assert len(drafts_of(installation)) == 1


@pytest.mark.both
def test_a_trial_is_published_as_the_threshold_that_its_note_names(installation: Installation) -> None:
    client = KaggleClient(installation, "iris")
    trial = client.submit(predictions(400, accuracy=0.6, seed=4), note="Strong").json()["ref"]
    unnamed = client.submit(predictions(400, accuracy=0.6, seed=5)).json()["ref"]
    students = KaggleClient(installation, "student0").submit(
        predictions(400, accuracy=0.6, seed=6), note="simple"
    )

    def published(number: int, by: KaggleClient = client, benchmark: bool = True) -> int:
        answer = by.call("UpdateSubmissionBenchmark", submissionId=number, benchmark=benchmark)
        return answer.status_code

    assert published(unnamed) == 422
    assert published(students.json()["ref"]) == 422
    assert published(trial, benchmark=False) == 422
    assert published(trial, KaggleClient(installation, "student0")) == 404
    assert published(trial) == 200
    tiers = installation.client("tina").get("/api/competitions/tiny").json()["tiers"]
    score = installation.client("iris").get(f"/api/submissions/{trial}").json()["public_score"]
    assert {each["name"]: each["threshold_public"] for each in tiers} == {
        **dict.fromkeys(("simple", "medium", "boss")),
        "strong": score,
    }
    acts = installation.db.read(lambda session: list(session.scalars(select(AuditEntry.act))))
    assert "threshold_chosen" in acts
