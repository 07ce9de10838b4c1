"""Notes beside submissions: who writes, reads, finds and changes them; and by which way a file came."""

import pytest

from server.domain.submissions import notes
from tests.support.browser import SUBMIT, TINY, browser, form_token, upload, words
from tests.support.installation import Installation
from tests.support.tiny_homework import predictions

pytestmark = pytest.mark.both

UPLOADS = f"/api{TINY}/submissions"


def send(installation: Installation, name: str, seed: int, **query: str) -> int:
    data = predictions(400, accuracy=0.6, seed=seed)
    answer = installation.client(name).put(UPLOADS, params=query, content=data)
    number: int = answer.json()["id"]
    return number


def listed(installation: Installation, name: str, number: int) -> dict[str, object]:
    answer: dict[str, object] = installation.client(name).get(f"/api/submissions/{number}").json()
    return answer


def test_a_note_is_kept_in_one_line_for_the_team_and_the_staff(installation: Installation) -> None:
    number = send(installation, "student0", 1, note="  deeper\n net ", via="client")

    assert listed(installation, "student0", number)["note"] == "deeper net"
    assert listed(installation, "tina", number)["note"] == "deeper net"
    assert "deeper net" in words(browser(installation, "student0").get(f"{TINY}/submissions").text)
    assert installation.client("student1").get(f"/api/submissions/{number}").status_code == 404


def test_staff_alone_read_by_which_way_a_file_came(installation: Installation) -> None:
    api = send(installation, "student0", 1)
    client = send(installation, "student0", 2, via="client")
    agent = send(installation, "student0", 3, via="agent")
    student = browser(installation, "student0")
    upload(student, predictions(400, accuracy=0.6, seed=4))
    by_script = student.put(UPLOADS, content=predictions(400, accuracy=0.6, seed=5)).json()["id"]

    numbers = (api, client, agent, agent + 1, by_script)
    assert [listed(installation, "tina", number)["via"] for number in numbers] == [
        *("api", "client", "agent", "page", "page")
    ]
    assert "via" not in listed(installation, "student0", api)
    assert "Came by an agent" in words(browser(installation, "tina").get(f"/submissions/{agent}").text)


def test_a_note_that_is_too_long_is_refused_before_the_file_is_read(installation: Installation) -> None:
    data = predictions(400, accuracy=0.6, seed=1)
    long, fits = "x" * (notes.NOTE_MOST + 1), "x" * notes.NOTE_MOST

    refused = installation.client("student0").put(UPLOADS, params={"note": long}, content=data)
    taken = installation.client("student0").put(UPLOADS, params={"note": fits}, content=data)

    assert (refused.status_code, taken.status_code) == (422, 201)
    assert "501" in refused.json()["error"]["message"]
    assert len(installation.client("student0").get(UPLOADS).json()["submissions"]) == 1


def test_the_team_changes_its_note_and_nobody_else_does(installation: Installation) -> None:
    number = send(installation, "student0", 1, note="first")
    path = f"/api/submissions/{number}/note"

    answers = {
        name: installation.client(name).put(path, json={"note": "second"}).status_code
        for name in ("student1", "tina", "student0")
    }
    page = browser(installation, "student0")
    page.post(f"/submissions/{number}/note", data={"form_token": form_token(page), "note": "third"})

    assert answers == {"student1": 404, "tina": 403, "student0": 200}
    assert listed(installation, "student0", number)["note"] == "third"


def test_files_are_found_by_their_notes_by_the_team_and_by_the_staff(installation: Installation) -> None:
    send(installation, "student0", 1, note="Deeper net", file_name="one.csv")
    send(installation, "student0", 2, note="", file_name="two.csv")
    person = installation.user("student0").id

    own = browser(installation, "student0").get(f"{TINY}/submissions?q=DEEPER").text.split("<table")[-1]
    of_staff = words(browser(installation, "tina").get(f"/courses/ml/people/{person}?q=deeper").text)
    nothing = words(browser(installation, "student0").get(f"{TINY}/submissions?q=wider").text)

    assert "one.csv" in own
    assert "two.csv" not in own
    assert "Deeper net" in of_staff
    assert "two.csv" not in of_staff
    assert "0 files for “wider”" in nothing


def test_the_form_has_a_place_for_it_and_a_repeated_file_keeps_the_first(installation: Installation) -> None:
    assert 'name="note"' in browser(installation, "student0").get(SUBMIT).text
    first = send(installation, "student0", 1, note="first")
    again = send(installation, "student0", 1, note="second")

    assert again == first
    assert listed(installation, "student0", first)["note"] == "first"
