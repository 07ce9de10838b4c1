"""An installation whose mails go to a stub of a mail server, and the links that came."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy

from pydantic import SecretStr
from sqlalchemy import update
from sqlalchemy.orm import Session

from server.domain.people.own_address import changes
from server.models import AddressChange, User
from server.services.mail.mailer import mailer_of
from tests.support.installation import Installation
from tests.support.smtp_stub import MailServer

# Of the settings, and no address of the tests' browsers: no link is made of a request's Host.
LINK = re.compile(r"^http://127\.0\.0\.1:8080(/set-password\?link=([\w-]+))$", re.MULTILINE)


@dataclass(frozen=True)
class Letter:
    """A mail that came."""

    to: str
    subject: str
    text: str

    @property
    def link(self) -> str:
        """The address that it brings, without the host."""
        match = LINK.search(self.text)
        assert match is not None
        return match[1]


def send_mail_to(installation: Installation, stub: MailServer) -> None:
    """Let everybody have an address, and mails go to the stub."""
    addresses = update(User).values(email=User.username + "@example.edu")
    installation.db.write(lambda session: session.execute(addresses))
    server = {"smtp_url": SecretStr(stub.url), "mail_from": "ML <ml@example.edu>"}
    installation.app.state.settings = installation.app.state.settings.model_copy(update=server)


def letters(installation: Installation, stub: MailServer) -> list[Letter]:
    """Every mail so far, when all that is due has been sent."""
    mailer = mailer_of(installation.app.state.settings, db=installation.db, clock=installation.clock)
    assert mailer is not None
    assert mailer.deliver_all()
    taken = [(address, message_from_bytes(data, policy=policy.default)) for address, data in stub.taken]
    return [Letter(address, str(mail["Subject"]), _lines(mail.get_content())) for address, mail in taken]


def address_link(installation: Installation, name: str = "root") -> str:
    """The link that confirms another mail address of this person's, as a mail would bring it."""
    user, now, address = installation.user(name), installation.clock(), "new@example.edu"

    def work(session: Session) -> str:
        changes.withdraw(session, user=user)
        expires_at = now + changes.LIFETIME
        session.add(AddressChange(user_id=user.id, address=address, asked_at=now, expires_at=expires_at))
        session.flush()
        return changes.new_secret(session, user_id=user.id, address=address, now=now)

    return f"/account/address?link={installation.db.write(work)}"


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")
