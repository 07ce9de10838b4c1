"""Where mails go: to a mail server by SMTP, or as files into a folder. Standard library only.

Three answers besides success: this mail is refused, this mail cannot go now, nothing can go now. No message
here holds the settings' address, which has a password in it.
"""

import os
import smtplib
import ssl
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.notices.outbox import ERROR_MOST, ClaimedMail, one_line
from server.domain.people.addresses import require_address
from server.processes.sockets import is_loopback
from server.settings import Settings

TIMEOUT_SECONDS = 15.0  # for each answer of the mail server
SHUTTING_DOWN = 421
# Plain ASCII lines, whatever the text: any mail server takes those.
POLICY = policy.SMTP.clone(cte_type="7bit")


class Refused(Exception):
    """The mail server will not take this mail."""


class NotNow(Exception):
    """This mail could not go now; the next one may."""


class Away(Exception):
    """No mail can go now: the mail server is away, hangs, or does not know us."""


class Postbox(Protocol):
    """What takes mails, one after the other, until it is closed; it may be used again after that."""

    def send(self, mail: ClaimedMail, message: EmailMessage) -> None:
        """Hand the mail over; raises Refused, NotNow or Away."""

    def close(self) -> None:
        """Let go of the connection."""


class SmtpPostbox:
    """A mail server at smtp:// or smtps://. A password goes over TLS alone."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(url)
        self._is_tls = parts.scheme == "smtps"
        self._host = parts.hostname or ""
        self._port = parts.port or (465 if self._is_tls else 587 if parts.username else 25)
        self._username = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._timeout = timeout
        self._smtp: smtplib.SMTP | None = None
        self._sent = 0  # over this connection

    def send(self, mail: ClaimedMail, message: EmailMessage) -> None:
        """Hand the mail over; raises Refused, NotNow or Away."""
        smtp = self._connected()
        try:
            smtp.send_message(message, parseaddr(str(message["From"]))[1], [mail.address])
        except smtplib.SMTPRecipientsRefused as error:
            raise self._verdict(*error.recipients[mail.address]) from error
        except smtplib.SMTPSenderRefused as error:
            raise self._away(f"{error.smtp_code} {_text(error.smtp_error)}") from error
        except smtplib.SMTPResponseException as error:
            raise self._verdict(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Refused(str(error)) from error
        except TimeoutError as error:
            raise self._away(Message("the mail server does not answer")) from error
        except (OSError, smtplib.SMTPException) as error:
            raise self._cut(Message("the connection broke: {error}", error=_line(error))) from error
        self._sent += 1

    def close(self) -> None:
        """Say goodbye, if there is anybody to say it to."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            try:
                smtp.quit()
            except (OSError, smtplib.SMTPException):
                smtp.close()

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._sent = 0
            try:
                self._smtp = self._connect()
            except smtplib.SMTPResponseException as error:
                raise Away(f"{error.smtp_code} {_text(error.smtp_error)}") from error
            except (OSError, smtplib.SMTPException) as error:
                raise Away(
                    Message("the mail server cannot be reached: {error}", error=_line(error))
                ) from error
        return self._smtp

    def _connect(self) -> smtplib.SMTP:
        if self._is_tls:
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._timeout, context=context
            )
        else:
            smtp = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        try:
            self._greet(smtp)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _greet(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        is_near = is_loopback(self._host)
        if not self._is_tls and not is_near and smtp.has_extn("starttls"):
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        elif not self._is_tls and not is_near and self._username:
            raise Away(Message("the mail server offers no TLS, so it was not given the password"))
        if self._username:
            smtp.login(self._username, self._password)

    def _verdict(self, code: int, answer: bytes | str) -> Exception:
        reply = f"{code} {_text(answer)}"
        if code == SHUTTING_DOWN:
            return self._cut(reply)
        return Refused(reply) if code >= 500 else NotNow(reply)

    def _cut(self, reply: str) -> Exception:
        """The connection is over; one that has served some mails may have served all it will."""
        has_served = self._sent > 0
        self._drop()
        return NotNow(reply) if has_served else Away(reply)

    def _away(self, reply: str) -> Away:
        self._drop()
        return Away(reply)

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


class FolderPostbox:
    """A folder that keeps each mail as a file, 00000012.eml: for trials and the demonstration."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, mail: ClaimedMail, message: EmailMessage) -> None:
        """Write the mail; a kill leaves the whole file or none.

        Raises Away when the folder is not writable.
        """
        file = self._folder / f"{mail.id:08}.eml"
        new = file.with_suffix(f".{os.getpid()}.new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            new.write_bytes(message.as_bytes())
            new.replace(file)
        except OSError as error:
            raise Away(
                Message("the folder of mails cannot be written: {error}", error=error.strerror)
            ) from error

    def close(self) -> None:
        """Nothing is open."""


def _line(error: Exception) -> str:
    return one_line(str(error))[:ERROR_MOST]


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer


def postbox_of(settings: Settings) -> Postbox | None:
    """Where the settings let mails go; the folder where both are named, None where neither is."""
    if settings.mail_dir is not None:
        return FolderPostbox(settings.mail_dir)
    if settings.smtp_url is not None:
        return SmtpPostbox(settings.smtp_url.get_secret_value())
    return None


def message_of(mail: ClaimedMail, *, sender: str, origin: str | None) -> EmailMessage:
    """The mail as it goes out. Raises ValueError for an address that is none.

    `EmailMessage` refuses a head with a line break in it, so no text can add a head of its own.
    """
    try:
        require_address(mail.address)
    except Invalid as error:
        raise ValueError(error.message) from error
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    message["To"] = mail.address
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    # Always the same for one mail, so that a mail program can tell one that came twice.
    own_domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<splitboard-{mail.id}-{mail.created_at.timestamp():.6f}@{own_domain}>"
    message["Auto-Submitted"] = "auto-generated"
    is_for_many = mail.announcement_id is not None
    if is_for_many:
        message["Precedence"] = "bulk"
    if is_for_many and origin:
        message["List-Unsubscribe"] = f"<{origin.rstrip('/')}/account>"
    message.set_content(mail.body)
    return message
