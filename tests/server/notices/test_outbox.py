"""Mails: written with the announcement, sent once, whatever the mail server does; on both databases."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.domain.audit.actor import Actor
from server.domain.notices import mail_counts, outbox, posting
from server.domain.notices.announcements import NewAnnouncement
from server.domain.notices.mail_counts import MailCounts
from server.models import Course, Mail, Member, User
from server.services.mail.mailer import Mailer, mailer_of
from server.services.mail.postbox import FolderPostbox, SmtpPostbox, message_of
from server.settings import Settings
from tests.support.installation import Installation
from tests.support.smtp_stub import MailServer, mail_server

pytestmark = pytest.mark.both

PEOPLE = ["student0", "student1", "student2", "tina", "iris"]
IN_A_FOLDER = Settings(mail_dir=Path("never-written"), origin="https://ml.example.edu")
TEXT = "Read **this**:\n\n- one [link](https://a.example/x)\n- 二"


@pytest.fixture
def addressed(installation: Installation) -> Installation:
    """The installation, whose people all have addresses."""
    every = update(User).values(email=User.username + "@example.edu")
    installation.db.write(lambda session: session.execute(every))
    return installation


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    with mail_server() as stub:
        yield stub


def announce(installation: Installation, title: str = "News", body: str = TEXT) -> int:
    """Post as Tina; how many mails that makes."""
    competition, by = installation.competition(), Actor(installation.user("tina").id)
    return installation.db.write(
        lambda session: posting.announce(
            session,
            IN_A_FOLDER,
            NewAnnouncement(title, body),
            competition=competition,
            by=by,
            now=installation.clock(),
        )
    ).mails


def sender(installation: Installation, stub: MailServer, *, timeout: float = 5.0) -> Mailer:
    return Mailer(
        installation.db,
        SmtpPostbox(stub.url, timeout=timeout),
        sender="ML <ml@example.edu>",
        origin="https://ml.example.edu",
        clock=installation.clock,
        pause_seconds=0.05,
    )


def counts(installation: Installation) -> MailCounts:
    competition_id = installation.competition().id
    tallies = installation.db.read(
        lambda session: mail_counts.counts_of(session, competition_id=competition_id)
    )
    return next(iter(tallies.values()), MailCounts())


def mails(installation: Installation) -> list[Mail]:
    return installation.db.read(lambda session: list(session.scalars(select(Mail).order_by(Mail.id))))


def test_every_active_member_with_an_address_who_wants_mails_gets_one(addressed: Installation) -> None:
    def choose(session: Session) -> None:
        users = {user.username: user for user in session.scalars(select(User))}
        users["student0"].wants_mail = False
        users["student1"].email = ""
        users["tina"].is_active = False
        gone = update(Member).where(Member.user_id == users["iris"].id).values(is_active=False)
        session.execute(gone)

    addressed.db.write(choose)

    count = announce(addressed)

    assert count == 1
    assert [mail.address for mail in mails(addressed)] == ["student2@example.edu"]


def test_a_mail_is_plain_text_with_the_course_in_its_subject(
    addressed: Installation, smtp: MailServer
) -> None:
    announce(addressed, title="期限 moved")

    assert sender(addressed, smtp).deliver_all()

    assert sorted(address for address, _ in smtp.taken) == sorted(f"{name}@example.edu" for name in PEOPLE)
    raw = smtp.taken[0][1]
    mail = message_from_bytes(raw, policy=policy.default)
    assert raw.isascii()
    assert mail["Subject"] == "[ML] 期限 moved"
    assert mail["From"] == "ML <ml@example.edu>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == "<https://ml.example.edu/account>"
    assert mail["Message-ID"].endswith("@example.edu>")
    assert mail.get_content_type() == "text/plain"
    body = mail.get_content().replace("\r\n", "\n")
    assert "Read this:\n\n- one link (https://a.example/x)\n- 二\n" in body
    assert "https://ml.example.edu/competitions/tiny/announcements" in body
    assert counts(addressed) == MailCounts(sent=5)


def test_a_refused_address_is_parked_after_a_few_tries_and_the_others_are_sent(
    addressed: Installation, smtp: MailServer
) -> None:
    smtp.answers, smtp.only_for = {"RCPT": "550 no such user"}, ("student1@example.edu",)
    announce(addressed)
    mailer = sender(addressed, smtp)

    states = []
    for _ in range(5):
        assert mailer.deliver_all()
        states.append(counts(addressed))
        addressed.clock.advance(timedelta(hours=2))

    waiting, refused = MailCounts(sent=4, waiting=1), MailCounts(sent=4, refused=1)
    assert states == [waiting, waiting, refused, refused, refused]
    competition_id = addressed.competition().id
    refusals = addressed.db.read(
        lambda session: mail_counts.refusals_of(session, competition_id=competition_id, most=9)
    )
    assert [(each.name, each.error) for each in refusals] == [("Student1", "550 no such user")]


@pytest.mark.parametrize("answers", [{"RCPT": "451 try later"}, {"END": "452 full"}])
def test_a_passing_refusal_is_tried_again_ever_later_until_it_is_given_up(
    addressed: Installation, smtp: MailServer, answers: dict[str, str]
) -> None:
    smtp.answers = answers
    announce(addressed)
    mailer = sender(addressed, smtp)

    waits = []
    for _ in range(4):
        mailer.deliver_all()
        waits.append(mails(addressed)[0].next_try_at - addressed.clock())
        addressed.clock.advance(waits[-1])
    addressed.clock.advance(outbox.GIVEN_UP_AFTER)
    mailer.deliver_all()

    assert [wait.total_seconds() for wait in waits] == [60, 120, 240, 480]
    assert counts(addressed) == MailCounts(refused=5)


@pytest.mark.parametrize(
    "answers",
    [{"CONNECT": "554 go away"}, {"CONNECT": "cut"}, {"CONNECT": "hang"}, {"MAIL": "550 who are you"}],
    ids=["refused", "cut", "hanging", "sender refused"],
)
def test_a_mail_server_that_is_away_costs_the_mails_nothing_but_time(
    addressed: Installation, smtp: MailServer, answers: dict[str, str]
) -> None:
    announce(addressed)
    smtp.answers = answers

    assert not sender(addressed, smtp, timeout=0.3).deliver_all()

    tries = [(mail.tries, bool(mail.error)) for mail in mails(addressed)]
    assert sorted(tries) == [(0, False)] * 4 + [(1, True)]
    assert counts(addressed) == MailCounts(waiting=5)
    smtp.answers = {}
    addressed.clock.advance(timedelta(minutes=1))
    assert sender(addressed, smtp).deliver_all()
    assert counts(addressed) == MailCounts(sent=5)


def test_a_mail_server_that_takes_a_few_mails_a_connection_gets_all_of_them(
    addressed: Installation, smtp: MailServer
) -> None:
    smtp.most_a_connection = 2
    announce(addressed)
    mailer = sender(addressed, smtp)

    for _ in range(4):
        mailer.deliver_all()
        addressed.clock.advance(timedelta(minutes=10))

    assert Counter(address for address, _ in smtp.taken).most_common(1)[0][1] == 1
    assert counts(addressed) == MailCounts(sent=5)


def test_two_senders_at_once_send_each_mail_once(addressed: Installation, smtp: MailServer) -> None:
    for number in range(12):
        announce(addressed, title=f"News {number}")
    senders = [sender(addressed, smtp) for _ in range(2)]
    threads = [threading.Thread(target=each.deliver_all) for each in senders]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    subjects = Counter((address, data.split(b"Subject: ")[1].split(b"\r")[0]) for address, data in smtp.taken)
    assert len(subjects) == 60
    assert set(subjects.values()) == {1}
    assert {mail.sent_at for mail in mails(addressed)} == {addressed.clock()}


def test_a_lost_senders_mail_is_sent_by_another_and_its_late_word_counts_nothing(
    addressed: Installation, smtp: MailServer
) -> None:
    announce(addressed)
    lost = addressed.db.write(lambda session: outbox.claim(session, most=50, now=addressed.clock()))
    sender(addressed, smtp).deliver_all()
    before = list(smtp.taken)
    addressed.clock.advance(outbox.LEASE)
    sender(addressed, smtp).deliver_all()
    refused = outbox.MailOutcome.IMPOSSIBLE

    addressed.db.write(
        lambda session: [
            outbox.note(session, each, refused, error="x", now=addressed.clock()) for each in lost
        ]
    )

    assert (len(before), len(smtp.taken)) == (0, 5)
    assert counts(addressed) == MailCounts(sent=5)


def test_no_request_waits_for_a_mail_server_that_hangs(addressed: Installation, smtp: MailServer) -> None:
    smtp.answers = {"EHLO": "hang"}
    announce(addressed)
    mailer = sender(addressed, smtp, timeout=20.0)
    mailer.start()
    while not smtp.connections:
        time.sleep(0.01)

    began = time.perf_counter()
    submission = addressed.submit_accuracy("student0", 0.7, seed=1)
    listed = addressed.client("student0").get("/api/competitions/tiny/announcements")
    took = time.perf_counter() - began
    smtp.released.set()
    mailer.stop()

    assert (submission.state.value, listed.status_code) == ("scored", 200)
    assert took < 5


@pytest.mark.parametrize(
    "bad", ["a@b\r\nBcc: x@example.org", "x@", "<a@example.org>,b@c", "@example.org", "d@[dept", "a@b]"]
)
def test_an_address_that_is_none_is_parked_and_reaches_no_mail_server(
    addressed: Installation, smtp: MailServer, bad: str
) -> None:
    announce(addressed)
    addressed.db.write(lambda session: session.execute(update(Mail).values(address=bad)))

    assert sender(addressed, smtp).deliver_all()

    assert smtp.taken == []
    assert counts(addressed) == MailCounts(refused=5)


def test_no_text_adds_a_head_to_a_mail(addressed: Installation) -> None:
    mail = outbox.ClaimedMail(1, "a@example.org", "x\r\nBcc: b@example.org", "t", 1, addressed.clock())

    with pytest.raises(ValueError, match=r"linefeed|newline"):
        message_of(mail, sender="ML <ml@example.edu>", origin=None)
    assert outbox.one_line("x\r\nBcc: b\u2028c\x00") == "x Bcc: b c"


def test_a_folder_takes_mails_as_files(addressed: Installation, tmp_path: Path) -> None:
    announce(addressed)
    settings = Settings(mail_dir=tmp_path / "mails", mail_from="ML <ml@example.edu>")
    mailer = mailer_of(settings, db=addressed.db, clock=addressed.clock)
    assert mailer is not None

    assert mailer.deliver_all()

    files = sorted((tmp_path / "mails").iterdir())
    assert [file.suffix for file in files] == [".eml"] * 5
    assert b"Subject: [ML] News\r\n" in files[0].read_bytes()


def test_a_folder_that_cannot_be_written_is_a_mail_server_that_is_away(
    addressed: Installation, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    announce(addressed)
    mailer = sender(addressed, MailServer())
    mailer._postbox = FolderPostbox(tmp_path / "file")

    assert not mailer.deliver_all()

    assert counts(addressed) == MailCounts(waiting=5)


@pytest.mark.parametrize(
    ("variables", "origin"),
    [
        ({"smtp_url": "smtp://u:secret@h"}, "MAIL_FROM"),
        ({"smtp_url": "http://u:secret@h", "mail_from": "a@b"}, "smtp://user:password@host"),
    ],
)
def test_settings_that_cannot_send_are_refused_without_their_password(
    variables: dict[str, str], origin: str
) -> None:
    with pytest.raises(ValidationError, match=origin) as refusal:
        Settings(**variables)

    assert "secret" not in str(refusal.value)


def test_no_place_for_mails_means_no_mailer(addressed: Installation) -> None:
    assert mailer_of(Settings(), db=addressed.db, clock=addressed.clock) is None


def test_a_mail_has_its_frame_in_the_language_of_its_receiver(addressed: Installation) -> None:
    languages = {"student0": "zh-TW", "student1": "en", "student2": ""}
    for name, language in languages.items():
        chosen = update(User).where(User.username == name).values(language=language)
        addressed.db.write(lambda session, chosen=chosen: session.execute(chosen))
    announce(addressed)
    addressed.db.write(lambda session: session.execute(update(Course).values(language="zh-TW")))
    announce(addressed)

    rows = addressed.db.read(
        lambda session: session.execute(
            select(User.username, Mail.body).join(User, User.id == Mail.user_id).order_by(Mail.id)
        ).all()
    )
    bodies = {name: [body for username, body in rows if username == name] for name in languages}
    is_chinese = {name: ["所有公告：" in body for body in each] for name, each in bodies.items()}
    assert is_chinese == {"student0": [True, True], "student1": [False, False], "student2": [False, True]}
    assert all("Read this:" in body for _, body in rows), "what staff wrote stays as it is"
