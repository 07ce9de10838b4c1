"""The mails about a change of somebody's mail address: to the new one with a link, and to the old one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from grader.messages import Joined, Message
from languages.catalogue import templates
from server.domain.people.passwords.link_mails import LINK_MARK, LetterText
from server.models import Mail, User

PAGE, FIELD = (
    "/account/address",
    "link",
)  # where a link leads, and the field of its address that is the secret


@dataclass(frozen=True)
class Post:
    """How mails are written. origin: the installation's address. language: for who has chosen none."""

    origin: str
    language: str

    def write(
        self,
        session: Session,
        letter: LetterText,
        *,
        user: User,
        address: str,
        now: datetime,
        confirms_address: bool = False,
    ) -> None:
        """Write a mail to one of a user's addresses, due now."""
        catalogue = templates(user.language or self.language)
        mail = Mail(
            user_id=user.id,
            address=address,
            subject=letter.subject.in_language(catalogue),
            body=letter.body.in_language(catalogue),
            confirms_address=confirms_address,
            created_at=now,
            next_try_at=now,
        )
        session.add(mail)
        session.flush()

    @property
    def home(self) -> str:
        """The installation's address without a slash at its end."""
        return self.origin.rstrip("/")


def to_confirm(post: Post, *, username: str, minutes: int) -> LetterText:
    """The mail that brings the link."""
    return LetterText(
        Message("Confirm your mail address"),
        _lines(
            Message(
                "Somebody, probably you, wants mails for the account {username} to come to this address. "
                "Open this page, signed in to that account, to confirm it:",
                username=username,
            ),
            "",
            f"{post.home}{PAGE}?{FIELD}={LINK_MARK}",
            "",
            Message(
                "It works once, within {minutes} minutes. If it was not you, do nothing: nothing changes.",
                minutes=minutes,
            ),
        ),
    )


def taken(*, username: str) -> LetterText:
    """The mail to an address that another account has: it brings no link."""
    return LetterText(
        Message("Your mail address stands in another account"),
        _lines(
            Message(
                "Somebody, probably you, wants mails for the account {username} to come to this address. "
                "Another account has it already, so nothing changes.",
                username=username,
            ),
            "",
            Message(
                "If both accounts are yours, tell your course's staff, who can give one of them another "
                "address. If it was not you, do nothing."
            ),
        ),
    )


def announced(post: Post, *, address: str) -> LetterText:
    """The mail to the old address, before anything has changed."""
    return LetterText(
        Message("Your mail address is about to be changed"),
        _lines(
            Message(
                "Somebody, probably you, typed {address} as the new mail address of your account. The change "
                "takes effect when that address is confirmed.",
                address=address,
            ),
            "",
            Message(
                "If it was not you, set a new password at {page}: that stops the change and ends all "
                "sessions.",
                page=f"{post.home}/forgotten-password",
            ),
        ),
    )


def changed(*, address: str) -> LetterText:
    """The mail to the old address, once it is none any more."""
    return LetterText(
        Message("Your mail address was changed"),
        _lines(
            Message("The mail address of your account is {address} from now on.", address=address),
            "",
            Message(
                "If it was not you, tell your course's staff at once: they can see it and put your "
                "address back."
            ),
        ),
    )


def _lines(*lines: str) -> Joined:
    return Joined((*lines, ""), "\n")
