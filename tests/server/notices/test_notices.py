"""Notices: who is told what at the bell, once; what depends on private rows is told by none too early."""

import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from server.domain.grading.answer_keys import KeyChange
from server.domain.notices import notice_mails, notices
from server.models import Competition, Mail, Notice, NoticeKind, User
from server.services import sweeper
from tests.support import rescored, teamwork, tiny_homework
from tests.support.browser import TINY, browser, form_token, words
from tests.support.installation import Installation

pytestmark = pytest.mark.both

API = "/api/competitions/tiny"
NEWS = {"title": "News", "body_md": "Text"}
WHY = {"reason": "It was agreed so."}


def bell(installation: Installation, name: str) -> list[str]:
    """The kinds of a person's notices, the oldest first."""
    listed = installation.client(name).get("/api/me/notices").json()["notices"]
    return [each["kind"] for each in reversed(listed)]


def texts(installation: Installation, name: str) -> list[str]:
    """What a person's notices say, the oldest first."""
    listed = installation.client(name).get("/api/me/notices").json()["notices"]
    return [each["text"] for each in reversed(listed)]


def of_kind(installation: Installation, kind: NoticeKind) -> set[str]:
    """The user names of those who have a notice of this kind."""
    query = select(User.username).join(Notice, Notice.user_id == User.id).where(Notice.kind == kind)
    return set(installation.db.read(lambda session: session.scalars(query).all()))


def with_addresses(installation: Installation) -> None:
    every = update(User).values(email=User.username + "@example.edu")
    installation.db.write(lambda session: session.execute(every))


def decide(installation: Installation) -> list[tuple[str, str]]:
    """Let the mailer decide about all notices; address and subject of the mails that wait."""

    def work(session: Session) -> list[tuple[str, str]]:
        notice_mails.decide(session, origin="https://judge.example.edu", now=installation.clock())
        return list(session.execute(select(Mail.address, Mail.subject).order_by(Mail.id)).all())

    return installation.db.write(work)


def key_with_other(split: str) -> KeyChange:
    """The answer key with other labels in twenty rows of one split."""
    usage, truth = tiny_homework.usage(400), tiny_homework.truth(400)
    rows = [number for number, each in enumerate(usage) if each == split][:20]
    labels = [
        tiny_homework.CLASSES.replace(label, "")[0] if number in rows else label
        for number, label in enumerate(truth)
    ]
    lines = [f"{number},{labels[number]},{usage[number]}" for number in range(400)]
    return KeyChange(key=("\n".join(["id,label,Usage", *lines]) + "\n").encode())


def test_a_rescore_that_moves_private_scores_alone_is_told_to_nobody_before_the_reveal(
    installation: Installation,
) -> None:
    installation.submit_accuracy("student0", 0.6, seed=1)
    rescore = rescored.ready(installation, key_with_other("Private"))
    rescored.apply(installation, rescore.id)
    before = bell(installation, "student0")

    installation.clock.now = installation.competition().reveal_at
    rescored.undo(installation, rescore.id)

    assert (before, bell(installation, "student0")) == ([], ["rescored"])


def test_a_rescore_is_told_to_the_teams_whose_public_scores_it_moved(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.6, seed=1)
    truth = "\n".join(["id,label", *(f"{n},{label}" for n, label in enumerate(tiny_homework.truth(400)))])
    installation.submit("student1", truth.encode())
    rescored.apply(installation, rescored.ready(installation, key_with_other("Public")).id)

    receivers = of_kind(installation, NoticeKind.RESCORED)

    assert "student1" in receivers
    assert "student2" not in receivers
    assert texts(installation, "student1") == ["A rescore of Tiny accuracy changed scores of your team."]


def test_acts_of_staff_reach_those_whom_they_concern(installation: Installation) -> None:
    tina = installation.client("tina")
    number = installation.submit_accuracy("student0", 0.6, seed=1).id
    excluded = f"/api/submissions/{number}/excluded"
    tina.put(excluded, json=WHY | {"excluded": True}).raise_for_status()
    tina.put(excluded, json=WHY | {"excluded": False}).raise_for_status()
    later = {"to": "student0", "deadline_at": "2030-03-19T12:00:00+08:00"}
    tina.post(f"{API}/allowances", json=WHY | later).raise_for_status()
    tina.post(f"{API}/allowances", json=WHY | {"to": "student1", "extra_slots": 2}).raise_for_status()
    tina.post(f"{API}/announcements", json=NEWS).raise_for_status()

    assert texts(installation, "student0") == [
        f"Submission {number} in Tiny accuracy is excluded; its page has the reason.",
        f"Submission {number} in Tiny accuracy counts again.",
        "Your deadline in Tiny accuracy is extended to Tue 19 Mar 2030, 12:00 (Asia/Taipei).",
        "Tiny accuracy: News",
    ]
    assert texts(installation, "student1") == [
        "You have 2 more submissions a day in Tiny accuracy.",
        "Tiny accuracy: News",
    ]
    assert bell(installation, "iris") == ["announcement"]


def test_an_announcement_that_is_withdrawn_leaves_no_notice(installation: Installation) -> None:
    tina = installation.client("tina")
    number = tina.post(f"{API}/announcements", json=NEWS).json()["id"]
    tina.post(f"{API}/announcements/{number}/withdrawal", json=WHY).raise_for_status()

    assert bell(installation, "student0") == []


def test_an_invitation_stands_at_the_bell_until_it_is_answered(installation: Installation) -> None:
    teamwork.in_teams_of(installation, 2)
    student = installation.client("student0")
    student.post(f"{API}/team/invitations", json={"student": "student1"}).raise_for_status()
    waiting = texts(installation, "student1")
    number = installation.client("student1").get(f"{API}/team").json()["invitations"][0]["id"]
    installation.client("student1").post(f"{API}/team/invitations/{number}/decline").raise_for_status()

    assert waiting == ["Team Student0 invites you to join it in Tiny accuracy."]
    assert bell(installation, "student1") == []


def test_a_question_reaches_the_staff_and_the_reply_the_team(installation: Installation) -> None:
    number = installation.submit_accuracy("student0", 0.6, seed=1).id
    student, tina = browser(installation, "student0"), browser(installation, "tina")
    text = {"form_token": form_token(student), "body_md": "Why?"}
    student.post(f"/submissions/{number}/questions", data=text)
    first = (bell(installation, "tina"), bell(installation, "student0"))
    tina.post("/questions/1/replies", data={"form_token": form_token(tina), "body_md": "So."})

    assert first == (["question"], [])
    assert (bell(installation, "tina"), bell(installation, "student0")) == (["question"], ["reply"])


def test_a_run_that_failed_is_told_to_the_staff_alone(installation: Installation) -> None:
    installation.client("tina").post(f"{API}/baseline-runs", json={"tiers": ["simple"], "seed": 1})
    worker = installation.client("worker")
    claim = worker.post("/api/worker/claim", json={"worker": "w"}).json()
    lease = {"lease_token": claim["lease_token"], "error": "Out of memory."}
    worker.post(f"/api/baseline-runs/{claim['run']['id']}/failure", json=lease).raise_for_status()

    assert of_kind(installation, NoticeKind.RUN_FAILED) == {"tina", "iris"}
    assert texts(installation, "tina") == ["A baseline run of simple in Tiny accuracy failed."]


def move(installation: Installation, **instants: object) -> None:
    installation.db.write(lambda session: session.execute(update(Competition).values(**instants)))


def test_time_tells_of_an_opening_a_deadline_and_a_reveal_once_whoever_sweeps(
    installation: Installation,
) -> None:
    competition = installation.competition()
    installation.submit_accuracy("student0", 0.6, seed=1)
    later = {"to": "student1", "deadline_at": (competition.deadline_at + timedelta(hours=30)).isoformat()}
    installation.client("tina").post(f"{API}/allowances", json=WHY | later).raise_for_status()
    installation.clock.now = competition.deadline_at - timedelta(hours=20)
    move(installation, opens_at=installation.clock.now - timedelta(hours=1))

    sweepers = [
        threading.Thread(target=sweeper.write_notices, args=(installation.context,)) for _ in range(3)
    ]
    for each in sweepers:
        each.start()
    for each in sweepers:
        each.join()
    early = {name: sorted(bell(installation, name)) for name in ("student0", "student1", "student2", "tina")}
    installation.clock.now = competition.deadline_at + timedelta(hours=10)
    sweeper.write_notices(installation.context)
    extended = bell(installation, "student1")
    installation.clock.now = competition.reveal_at - timedelta(microseconds=1)
    sweeper.write_notices(installation.context)
    sealed = of_kind(installation, NoticeKind.REVEALED)
    installation.clock.now = competition.reveal_at
    sweeper.write_notices(installation.context)

    assert early == {
        "student0": ["opened"],
        "student1": ["allowance", "opened"],
        "student2": ["deadline", "opened"],
        "tina": [],
    }
    assert extended == ["allowance", "opened", "deadline"]
    assert (sealed, of_kind(installation, NoticeKind.REVEALED)) == (set(), {"student0"})


def test_mails_of_notices_go_once_to_those_who_want_them(installation: Installation) -> None:
    with_addresses(installation)
    tina, page = installation.client("tina"), browser(installation, "student1")
    own = {"form_token": form_token(page), "kinds": ["opened", "reply"]}
    page.post("/account/notices", data=own)
    installation.client("student2").put("/api/me/mail", json={"wanted": False}).raise_for_status()
    for name in ("student0", "student1", "student2"):
        tina.post(f"{API}/allowances", json=WHY | {"to": name, "extra_slots": 2}).raise_for_status()
    move(installation, opens_at=installation.clock())
    sweeper.write_notices(installation.context)

    decide(installation)
    mails = decide(installation)

    assert sorted(mails) == [
        ("student0@example.edu", "[ML] You have 2 more submissions a day in Tiny accuracy."),
        ("student1@example.edu", "[ML] Tiny accuracy is open."),
    ]
    body = installation.db.read(lambda session: session.scalars(select(Mail.body).order_by(Mail.id)).all())[0]
    assert "https://judge.example.edu/competitions/tiny/submit" in body
    assert "https://judge.example.edu/account#notices" in body


def test_a_mail_says_a_deadline_on_the_clock_of_ones_own_zone_too(installation: Installation) -> None:
    with_addresses(installation)
    away = update(User).where(User.username == "student0").values(zone="Europe/Berlin")
    installation.db.write(lambda session: session.execute(away))
    later = {"deadline_at": (installation.competition().deadline_at + timedelta(hours=30)).isoformat()}
    for name in ("student0", "student1"):
        allowance = WHY | later | {"to": name}
        installation.client("tina").post(f"{API}/allowances", json=allowance).raise_for_status()

    decide(installation)

    query = select(Mail.address, Mail.body)
    rows = installation.db.read(lambda session: session.execute(query).all())
    assert "In your zone: " in dict(rows)["student0@example.edu"]
    assert "(Europe/Berlin)" in dict(rows)["student0@example.edu"]
    assert "In your zone: " not in dict(rows)["student1@example.edu"]


def test_no_mail_goes_of_what_was_read_or_has_waited_for_a_day(installation: Installation) -> None:
    with_addresses(installation)
    tina = installation.client("tina")
    for name in ("student0", "student1"):
        tina.post(f"{API}/allowances", json=WHY | {"to": name, "extra_slots": 2}).raise_for_status()
    installation.client("student0").post("/api/me/notices/read", json={}).raise_for_status()
    installation.clock.advance(timedelta(minutes=1))
    only = decide(installation)
    tina.post(f"{API}/allowances", json=WHY | {"to": "student2", "extra_slots": 2}).raise_for_status()
    installation.clock.advance(timedelta(days=2))

    assert [address for address, _ in only] == ["student1@example.edu"]
    assert decide(installation) == only


def test_the_bell_counts_what_is_not_read_and_the_page_marks_it(installation: Installation) -> None:
    tina, page = installation.client("tina"), browser(installation, "student0")
    empty = page.get("/notices").text
    for title in ("One", "Two", "Three"):
        tina.post(f"{API}/announcements", json=NEWS | {"title": title}).raise_for_status()
    counts = [_count(page.get(TINY).text)]
    keys = [each["key"] for each in installation.client("student0").get("/api/me/notices").json()["notices"]]
    token = form_token(page)
    browser(installation, "student1").post("/notices/read", data={"key": keys[0]})
    for key in (keys[0], "announcement:77"):
        page.post("/notices/read", data={"form_token": token, "key": key})
    counts.append(_count(page.get("/").text))
    one_read = page.get("/notices").text
    page.post("/notices/read", data={"form_token": token})
    counts.append(_count(page.get("/").text))

    assert "Nothing yet." in words(empty)
    assert counts == [3, 2, 0]
    assert one_read.count('class="is-new"') == 2
    assert f'href="{TINY}/announcements#announcement-3"' in one_read


def _count(html: str) -> int:
    text = words(html.split("<header")[1].split("</header")[0])
    return int(text.split("Notices, ")[1].split()[0]) if "Notices, " in text else 0


def test_old_notices_go(installation: Installation) -> None:
    installation.client("tina").post(f"{API}/announcements", json=NEWS).raise_for_status()
    installation.client("student0").post("/api/me/notices/read", json={}).raise_for_status()
    left: list[Sequence[str]] = []
    for days in (29, 2, 150):
        installation.clock.advance(timedelta(days=days))
        installation.db.write(lambda session: notices.tidy(session, now=installation.clock()))
        left.append(sorted(of_kind(installation, NoticeKind.ANNOUNCEMENT)))

    assert "student0" in left[0]
    assert "student0" not in left[1]
    assert "student1" in left[1]
    assert left[2] == []


def test_a_page_asks_the_database_no_more_often_for_the_bell(installation: Installation) -> None:
    page = browser(installation, "student0")
    page.get("/command-line")
    installation.client("tina").post(f"{API}/announcements", json=NEWS).raise_for_status()
    statements: list[str] = []

    def note(*args: object) -> None:
        statements.append(str(args[2]))

    event.listen(installation.db.engine, "before_cursor_execute", note)
    page.get("/command-line")
    event.remove(installation.db.engine, "before_cursor_execute", note)

    assert [each for each in statements if "notices" in each] == [
        each for each in statements if "web_sessions" in each
    ]


@pytest.mark.both
def test_kinds_by_mail_are_chosen_over_the_api_as_on_the_page(installation: Installation) -> None:
    client, address = installation.client("student0"), "/api/me/notices/kinds"
    before = {each["kind"]: each["by_mail"] for each in client.get(address).json()["kinds"]}

    chosen = client.put(address, json={"by_mail": ["opened", "reply", "question"]})

    after = {each["kind"]: each["by_mail"] for each in client.get(address).json()["kinds"]}
    assert (before["opened"], before["deadline"]) == (False, True)
    assert chosen.status_code == 200
    assert {kind for kind, by_mail in after.items() if by_mail} == {"opened", "reply"}
    assert "question" not in after  # which no student gets
    assert client.put(address, json={"by_mail": ["weather"]}).status_code == 422
    assert installation.client("tina").get(address).json()["kinds"][1]["kind"] == "question"
