"""What Kaggle's clients ask and read, in each of their three dialects."""

import csv
import io
import zipfile
from datetime import timedelta

import httpx2
import pytest

from tests.support.installation import Installation
from tests.support.kaggle import OLD, SILENT, KaggleClient
from tests.support.tiny_homework import predictions

AGENTS = pytest.mark.parametrize("agent", ["", OLD, SILENT], ids=["rpc", "1.6", "1.7"])
PRINTED = {"fileName", "date", "description", "status", "publicScore", "privateScore", "totalBytes"}
GOOD, OTHER = predictions(400, accuracy=0.7, seed=1), predictions(400, accuracy=0.8, seed=2)


def listed(client: KaggleClient, what: str) -> list[dict[str, object]]:
    """The list of that name in the client's dialect."""
    answer = {
        ("competitions", True): lambda: client.get("competitions/list", page="1", search="", group=""),
        ("competitions", False): lambda: client.call("ListCompetitions", page=1),
        ("submissions", True): lambda: client.get("competitions/submissions/list/tiny", sortby="date"),
        ("submissions", False): lambda: client.call("ListSubmissions", competitionName="tiny", page=-1),
        ("files", True): lambda: client.get("competitions/data/list/tiny"),
        ("files", False): lambda: client.call("ListDataFiles", competitionName="tiny"),
    }[what, bool(client.agent)]()
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, object]] = answer.json() if client.agent else answer.json()[what]
    return rows


def board(client: KaggleClient) -> list[dict[str, object]]:
    """The rows of the board that the client shows."""
    answer = (
        client.get("competitions/tiny/leaderboard/view")
        if client.agent
        else client.call("GetLeaderboard", competitionName="tiny")
    )
    rows: list[dict[str, object]] = answer.json()["submissions"]
    return rows


@AGENTS
def test_a_file_goes_from_its_announcement_to_a_score_and_into_the_lists(
    installation: Installation, agent: str
) -> None:
    client = KaggleClient(installation, "student0", agent)
    installation.train("simple")

    receipt = client.submit(GOOD, note="  deeper\n net").json()

    (row,) = listed(client, "submissions")
    assert row.keys() >= PRINTED
    assert (row["ref"], row["fileName"], row["description"]) == (receipt["ref"], "pred.csv", "deeper net")
    assert (row["status"], row["privateScore"]) == ("COMPLETE", "")
    assert str(row["publicScore"]) in receipt["message"]
    assert [(each["teamName"], bool(each["teamId"])) for each in board(client)] == [
        ("Student0", True),
        ("simple baseline", False),
    ]
    (competition,) = listed(client, "competitions")
    assert (competition["ref"], competition["userHasEntered"], competition["userRank"]) == ("tiny", True, 1)
    as_staff = installation.client("tina").get(f"/api/submissions/{receipt['ref']}").json()
    assert as_staff["via"] == "kaggle"


@AGENTS
def test_the_same_file_again_is_the_same_submission(installation: Installation, agent: str) -> None:
    client = KaggleClient(installation, "student0", agent)

    first, second = client.submit(GOOD).json(), client.submit(GOOD).json()

    assert first["ref"] == second["ref"]
    assert "before" in second["message"]
    assert len(listed(client, "submissions")) == 1


@AGENTS
def test_files_are_listed_and_downloads_are_led_to_where_they_lie(
    installation: Installation, agent: str
) -> None:
    client = KaggleClient(installation, "student0", agent)
    names = {str(each["name"]) for each in listed(client, "files")}

    whole, one = (
        [client.get(f"competitions/data/{path}") for path in ("download-all/tiny", "download/tiny/test.csv")]
        if agent
        else [
            client.call("DownloadDataFiles", competitionName="tiny"),
            client.call("DownloadDataFile", competitionName="tiny", fileName="test.csv"),
        ]
    )

    assert (whole.status_code, one.status_code) == (302, 302)
    assert one.headers["location"].endswith("/test.csv")
    archive = zipfile.ZipFile(io.BytesIO(client.http.get(whole.headers["location"]).content))
    assert set(archive.namelist()) == names
    assert client.http.get(one.headers["location"]).content == archive.read("test.csv")


@pytest.mark.both
def test_a_download_that_was_cut_goes_on_where_it_stopped(installation: Installation) -> None:
    client = KaggleClient(installation, "student0")
    for method, fields in (("DownloadDataFiles", {}), ("DownloadDataFile", {"fileName": "test.csv"})):
        address = client.call(method, competitionName="tiny", **fields).headers["location"]
        whole = client.http.get(address)
        length = int(whole.headers["content-length"])

        rest = client.http.get(
            address, headers={"Range": "bytes=100-", "If-Range": whole.headers["last-modified"]}
        )

        assert whole.headers["accept-ranges"] == "bytes"
        assert len(whole.content) == length
        assert rest.status_code == 206
        assert whole.content[:100] + rest.content == whole.content


@AGENTS
def test_the_board_is_a_csv_file_in_a_zip(installation: Installation, agent: str) -> None:
    client = KaggleClient(installation, "student0", agent)
    client.submit(GOOD)
    KaggleClient(installation, "student1").submit(OTHER)

    answer = (
        client.get("competitions/tiny/leaderboard/download")
        if agent
        else client.call("DownloadLeaderboard", competitionName="tiny")
    )

    assert "last-modified" in answer.headers
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    rows = list(csv.DictReader(io.StringIO(archive.read(archive.namelist()[0]).decode())))
    assert [(row["Rank"], row["TeamName"], bool(row["TeamId"])) for row in rows] == [
        ("1", "Student1", False),
        ("2", "Student0", True),
    ]


@AGENTS
def test_the_private_board_is_shown_and_downloaded_from_the_reveal_on(
    installation: Installation, agent: str
) -> None:
    client = KaggleClient(installation, "student0", agent)
    client.submit(GOOD)
    before = board(client)
    installation.clock.now = installation.competition().reveal_at

    after = board(client)

    private = installation.client("student0").get("/api/competitions/tiny/leaderboard/private").json()
    assert [each["score"] for each in after] == [str(row["score"]) for row in private["rows"]]
    assert before != after
    assert listed(client, "submissions")[0]["privateScore"] == after[0]["score"]
    if not agent:
        public = client.call("GetLeaderboard", competitionName="tiny", overridePublic=True)
        assert public.json()["submissions"] == before


def test_lists_come_in_pages(installation: Installation) -> None:
    client = KaggleClient(installation, "student0")
    for seed in range(3):
        client.submit(predictions(400, accuracy=0.6, seed=seed))

    first = client.call("ListSubmissions", competitionName="tiny", pageSize=2).json()
    second = client.call(
        "ListSubmissions", competitionName="tiny", pageSize=2, pageToken=first["nextPageToken"]
    ).json()

    assert [each["ref"] for each in (*first["submissions"], *second["submissions"])] == [3, 2, 1]
    assert second["nextPageToken"] == ""
    assert client.call("ListSubmissions", competitionName="tiny", pageToken="x").status_code == 422


@pytest.mark.both
def test_one_submission_the_limits_the_text_and_the_hosts(installation: Installation) -> None:
    client = KaggleClient(installation, "student0")
    ref = client.submit(GOOD).json()["ref"]
    team = board(client)[0]["teamId"]

    limits = client.call("GetSubmissionLimits", competitionName="tiny").json()

    assert limits == {"numToday": 1, "numTotal": 1, "numAllowedNow": 4, "limitedByTotal": False}
    assert client.call("GetSubmission", ref=ref).json()["status"] == "COMPLETE"
    of_team = client.call("ListTeamPublicSubmissions", teamId=team).json()["submissions"]
    assert [each["id"] for each in of_team] == [ref]
    (page,) = client.call("ListCompetitionPages", competitionName="tiny").json()["pages"]
    assert page["name"] == "description"
    assert client.call("ListCompetitionHosts", competitionName="tiny").json()["hosts"][0]["displayName"]
    address = client.call("DownloadSubmission", submissionId=ref).headers["location"]
    assert client.http.get(address).content == GOOD
    other = KaggleClient(installation, "student1")
    assert [
        other.call("GetSubmission", ref=ref).status_code,
        other.call("DownloadSubmission", submissionId=ref).status_code,
        other.http.get(address).status_code,
        other.call("ListTeamPublicSubmissions", teamId=team).status_code,
    ] == [404] * 4


def test_words_choose_among_competitions(installation: Installation) -> None:
    client = KaggleClient(installation, "student0")

    def found_by(**fields: object) -> int:
        return len(client.call("ListCompetitions", **fields).json()["competitions"])

    assert [found_by(search="TIN"), found_by(search="nothing of that name")] == [1, 0]
    entered = {"group": "COMPETITION_LIST_TAB_ENTERED"}
    assert found_by(**entered) == 0
    client.submit(GOOD)
    assert found_by(**entered) == 1


def test_a_bad_file_says_each_of_its_problems_at_once_and_later(installation: Installation) -> None:
    broken = GOOD.replace(b"\n7,", b"\n6,")

    def answers(agent: str) -> httpx2.Response:
        return KaggleClient(installation, f"student{1 if agent else 0}", agent).submit(broken)

    for agent, status in (("", 422), (OLD, 422), (SILENT, 200)):
        answer = answers(agent)
        assert answer.status_code == status
        assert answer.json()["code"] == 422
        assert len(answer.json()["message"].splitlines()) == 3
    (row,) = listed(KaggleClient(installation, "student0"), "submissions")
    assert (row["status"], row["publicScore"]) == ("ERROR", "")
    assert str(row["errorDescription"]) in answers("").json()["message"]
    installation.clock.advance(timedelta(days=1))
    assert KaggleClient(installation, "student0").submit(GOOD).status_code == 200
