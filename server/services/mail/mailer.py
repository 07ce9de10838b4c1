"""The thread that empties the outbox of mails (`server/domain/notices/outbox.py`), one a server process."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email.errors import MessageError

from sqlalchemy.orm import Session

from server.database.database import Database
from server.domain.notices import notice_mails, outbox
from server.domain.notices.outbox import ClaimedMail, MailOutcome
from server.domain.people.accounts import accounts
from server.domain.people.own_address import changes
from server.domain.people.passwords import links
from server.domain.people.passwords.link_mails import LINK_MARK
from server.domain.people.passwords.links import LinkIsOver, NewLink
from server.logs import logger_of
from server.services.mail.postbox import Away, NotNow, Postbox, Refused, message_of, postbox_of
from server.services.sending import AWAY_SECONDS, BATCH, BATCH_SECONDS, SendingThread
from server.settings import Settings

DEFAULT_SENDER = "Splitboard <splitboard@localhost>"  # for mails that go into a folder
log = logger_of(__name__)


class Mailer(SendingThread):
    """Sends due mails until it is stopped; `clock` tells when one is due."""

    def __init__(
        self,
        db: Database,
        postbox: Postbox,
        *,
        sender: str,
        origin: str | None,
        clock: Callable[[], datetime],
        pause_seconds: float,
    ) -> None:
        super().__init__(name="mailer", failure="the outbox could not be emptied")
        self._db = db
        self._postbox = postbox
        self._sender = sender
        self._origin = origin
        self._clock = clock
        self._pause_seconds = pause_seconds

    def look(self) -> float:
        """Write the mails of new notices and send what is due; the seconds to the next look."""
        self.decide_all()
        return self._pause_seconds if self.deliver_all() else AWAY_SECONDS

    def decide_all(self) -> None:
        """Write the mails of all notices that are new."""
        while self._db.read(notice_mails.is_waiting) and not self.is_stopping:
            self._db.write(
                lambda session: notice_mails.decide(session, origin=self._origin, now=self._clock())
            )

    def deliver_all(self) -> bool:
        """Send what is due now; False when the mail server was away."""
        while self._db.read(lambda session: outbox.is_due(session, now=self._clock())):
            claimed = self._db.write(lambda session: outbox.claim(session, most=BATCH, now=self._clock()))
            if claimed and not self.deliver(claimed):
                return False
            if not claimed or self.is_stopping:
                return True
        return True

    def deliver(self, claimed: list[ClaimedMail]) -> bool:
        """Send these mails over one connection; False when the mail server was away.

        What was not tried is given back.
        """
        ends = time.monotonic() + BATCH_SECONDS
        untried = list(claimed)
        try:
            while untried and time.monotonic() < ends and not self.is_stopping:
                mail = untried.pop(0)
                if not self._deliver(mail):
                    return False
            return True
        finally:
            self._postbox.close()
            if untried:
                self._db.write(lambda session: outbox.give_back(session, untried, now=self._clock()))

    def _deliver(self, mail: ClaimedMail) -> bool:
        """Send one mail and note at once what became of it; False when nothing can go now."""
        try:
            whole = with_link(self._db, mail, now=self._clock())
            self._postbox.send(whole, message_of(whole, sender=self._sender, origin=self._origin))
        except LinkIsOver as error:
            self._note(mail, MailOutcome.IMPOSSIBLE, error.message)
        except (ValueError, MessageError) as error:
            self._note(mail, MailOutcome.IMPOSSIBLE, str(error))
        except Refused as error:
            self._note(mail, MailOutcome.REFUSED, error.args[0])
        except NotNow as error:
            self._note(mail, MailOutcome.DELAYED, error.args[0])
        except Away as error:
            log.warning("mails wait", reason=str(error))
            self._note(mail, MailOutcome.DELAYED, error.args[0])
            return False
        else:
            self._note(mail, MailOutcome.SENT, "")
        return True

    def _note(self, mail: ClaimedMail, outcome: MailOutcome, error: str) -> None:
        now = self._clock()
        self._db.write(lambda session: outbox.note(session, mail, outcome, error=error, now=now))


def with_link(db: Database, mail: ClaimedMail, *, now: datetime) -> ClaimedMail:
    """The mail with the link that it brings, made this moment; one that brings none stays as it is.

    Each try makes a new link, and the mail of an earlier one that came all the same holds one that works no
    more. Raises LinkIsOver for a mail that has waited longer than its link works, or an account switched off.
    """
    kind = mail.link_kind
    if mail.confirms_address:
        secret = db.write(
            lambda session: changes.new_secret(session, user_id=mail.user_id, address=mail.address, now=now)
        )
        return replace(mail, body=mail.body.replace(LINK_MARK, secret))
    if kind is None:
        return mail
    if now - mail.created_at >= links.LIFETIMES[kind]:
        raise LinkIsOver

    def work(session: Session) -> NewLink:
        if not accounts.user_numbered(session, mail.user_id).is_active:
            raise LinkIsOver
        return links.make(session, user_ids=[mail.user_id], kind=kind, now=now)[0]

    return replace(mail, body=mail.body.replace(LINK_MARK, db.write(work).secret))


def mailer_of(settings: Settings, *, db: Database, clock: Callable[[], datetime]) -> Mailer | None:
    """The process' mailer; None where the settings name no place for mails."""
    postbox = postbox_of(settings)
    if postbox is None:
        return None
    return Mailer(
        db,
        postbox,
        sender=settings.mail_from or DEFAULT_SENDER,
        origin=settings.origin,
        clock=clock,
        pause_seconds=settings.sweep_seconds,
    )
