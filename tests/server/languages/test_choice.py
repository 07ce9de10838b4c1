"""In which language an answer is: a person's choice, else what a browser asks for, else the course's own."""

from sqlalchemy import update
from starlette.testclient import TestClient

from server.models import Course
from tests.support.browser import browser, form_token
from tests.support.installation import Installation

CHINESE = {"Accept-Language": "zh-TW,zh;q=0.9,en;q=0.8"}


def is_chinese(page: str) -> bool:
    """Whether the frame of a page is in Chinese, and says so."""
    return '<html lang="zh-TW"' in page and "跳到主要內容" in page


def choose(person: TestClient, language: str) -> None:
    """Send the form at the foot of each page."""
    fields = {"language": language, "next": "/account", "form_token": form_token(person)}
    answer = person.post("/language", data=fields, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")


def test_a_browser_gets_its_language_until_the_person_has_chosen_one(installation: Installation) -> None:
    person = browser(installation, "student0")
    assert is_chinese(person.get("/", headers=CHINESE).text)
    assert not is_chinese(person.get("/").text)
    choose(person, "zh-TW")
    assert is_chinese(person.get("/", headers={"Accept-Language": "en"}).text)

    elsewhere = browser(installation, "student0")
    assert is_chinese(elsewhere.get("/").text), "the choice goes with the account"
    assert elsewhere.cookies["splitboard_language"] == "zh-TW", "for what a script reads without an account"
    assert not is_chinese(browser(installation, "student1").get("/").text)


def test_who_is_not_signed_in_chooses_for_this_browser(installation: Installation) -> None:
    nobody = browser(installation)
    fields = {"language": "zh-TW", "next": "//evil.example"}
    answer = nobody.post("/language", data=fields, follow_redirects=False)
    assert answer.headers["location"] == "/"
    assert is_chinese(nobody.get("/sign-in").text)
    refusal = nobody.post("/language", data={"language": "xx"})
    assert refusal.status_code == 422
    assert "「xx」" in refusal.text


def test_a_course_has_a_language_for_those_who_ask_for_none_that_is_there(installation: Installation) -> None:
    installation.db.write(lambda session: session.execute(update(Course).values(language="zh-TW")))
    person = browser(installation, "student0")
    assert is_chinese(person.get("/competitions/tiny").text)
    assert is_chinese(person.get("/competitions/tiny", headers={"Accept-Language": "fr"}).text)
    assert not is_chinese(person.get("/competitions/tiny", headers={"Accept-Language": "fr,en;q=0.1"}).text)


def test_the_api_refuses_in_the_language_a_program_asks_for(installation: Installation) -> None:
    student = installation.client("student0")
    body = {"language": "xx"}
    refusal = student.put("/api/me/language", json=body).json()["error"]
    assert refusal["message"].startswith("There is no language 'xx'")
    refusal = student.put("/api/me/language", json=body, headers=CHINESE).json()["error"]
    assert refusal["message"].startswith("這裡沒有語言「xx」")
    assert refusal["code"] == "invalid_request"


def test_what_scripts_say_is_served_in_each_language(installation: Installation) -> None:
    nobody = installation.client(None)
    page = nobody.get("/sign-in", headers=CHINESE).text
    address = page.split('data-texts="')[1].split('"')[0]
    answer = nobody.get(address)
    assert answer.json()["{days} d {hours} h"] == "{days} 天 {hours} 小時"
    assert "immutable" in answer.headers["cache-control"]
    assert nobody.get("/languages/xx.json").status_code == 404
