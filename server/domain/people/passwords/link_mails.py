"""Mails about passwords: those that bring a link, and the one that says a password was changed.

A link is made when its mail is sent (`server/services/mail/`), so it lies nowhere in the clear. What a
stranger may ask for, a link for any name, is a fixed number of statements that know no case: whether the name
belongs to somebody shows neither in the answer nor in the work that makes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, insert, literal, or_, select
from sqlalchemy.orm import Session

from grader.messages import Joined, Message
from languages.catalogue import ENGLISH, available, templates
from server.clock import iso
from server.database.database import execute, table_of
from server.domain.errors import Invalid, LimitReached
from server.domain.people.accounts import tries
from server.domain.people.accounts.accounts import username_key
from server.domain.people.addresses import clean_address
from server.domain.people.passwords.links import LIFETIMES, address
from server.models import LinkKind, Mail, User

LINK_MARK = "…"  # stands in a mail where its link's secret will be
ADDRESS_MOST = 254
_MAIL, _USER = table_of(Mail), table_of(User)
_CAN_GET_MAIL = and_(
    _USER.c.is_active.is_(True), _USER.c.email.like("%_@_%"), func.length(_USER.c.email) <= ADDRESS_MOST
)


class TooManyLinks(LimitReached):
    """Too many links were asked for, for one name or from one address; known names are refused as others."""

    code = "too_many_links"

    def __init__(self, again_at: datetime, now: datetime) -> None:
        seconds = max(1, round((again_at - now).total_seconds()))
        super().__init__(
            Message(
                "A link was asked for several times already. Look into your mailbox, and into the folder for "
                "spam; only the newest link works. You can ask again in {minutes} minutes.",
                minutes=-(-seconds // 60),
            ),
            details={"resets_at": iso(again_at), "resets_in_seconds": seconds},
        )


@dataclass(frozen=True)
class LetterText:
    """Subject and body of a mail, in every language."""

    subject: Message
    body: Joined


def ask_for_reset(
    session: Session, *, name: str, network: str, origin: str, language: str, now: datetime
) -> None:
    """Let a mail with a link go to whoever has this user name or mail address, if anybody has.

    network: where the request comes from. language: of the mail, for those who have chosen none. Raises
    TooManyLinks, for unknown names as for known.
    """
    key = _key_of(name)
    _require_allowed(session, tries.of_links_from(network), tries.OF_LINKS_FROM, now)
    _require_allowed(session, tries.of_links(key), tries.OF_LINKS, now)
    tries.purge(session, now)
    _write(session, _asked_for(key), reset_letter(origin), LinkKind.RESET, language=language, now=now)


def write_link_mails(
    session: Session, *, user_ids: list[int], letter: LetterText, kind: LinkKind, language: str, now: datetime
) -> int:
    """A mail with a link to each of these people who can get one; how many those are."""
    return _write(session, _USER.c.id.in_(user_ids), letter, kind, language=language, now=now)


def tell_of_change(session: Session, *, user: User, origin: str, language: str, now: datetime) -> None:
    """Write to the user that their password was changed, if they can get mail."""
    _write(session, _USER.c.id == user.id, changed_letter(origin), None, language=language, now=now)


def reset_letter(origin: str) -> LetterText:
    """The mail to somebody who has forgotten their password."""
    return LetterText(
        Message("Set a new password"),
        Joined(
            (
                Message("Somebody, probably you, asked for a new password here. Open this page to set one:"),
                "",
                address(origin, LINK_MARK),
                "",
                Message(
                    "It works once, within {minutes} minutes of this mail. If it was not you, do nothing: "
                    "your password stays as it is.",
                    minutes=round(LIFETIMES[LinkKind.RESET].total_seconds() / 60),
                ),
                "",
            ),
            "\n",
        ),
    )


def invitation_letter(origin: str, *, course: str) -> LetterText:
    """The mail to somebody new in a course."""
    return LetterText(
        Message("Your account for {course}", course=course),
        Joined(
            (
                Message(
                    "You have an account for {course}. Open this page to set your password:", course=course
                ),
                "",
                address(origin, LINK_MARK),
                "",
                Message(
                    "It works once, within {days} days of this mail. Your user name stands on the page.",
                    days=LIFETIMES[LinkKind.INVITATION].days,
                ),
                "",
            ),
            "\n",
        ),
    )


def changed_letter(origin: str) -> LetterText:
    """The mail to somebody whose password was changed."""
    return LetterText(
        Message("Your password was changed"),
        Joined(
            (
                Message(
                    "The password of your account was changed just now. All sessions and API tokens have "
                    "ended."
                ),
                "",
                Message(
                    "If it was not you, set a new one at {address} and tell your course's staff.",
                    address=f"{origin.rstrip('/')}/forgotten-password",
                ),
                "",
            ),
            "\n",
        ),
    )


def _key_of(name: str) -> str:
    """The form in which a name that was typed is compared and counted; empty for what can be none."""
    try:
        return username_key(name)
    except Invalid:
        return ""


def _require_allowed(session: Session, key: str, limit: tries.TryLimit, now: datetime) -> None:
    again_at = tries.count(session, key, limit, now=now)
    if again_at is not None:
        raise TooManyLinks(again_at, now)


def _asked_for(key: str) -> ColumnElement[bool]:
    """Who has this user name, or, of all active accounts alone, this mail address."""
    address = clean_address(key)
    by_address: Select[tuple[int]] = (
        select(func.min(_USER.c.id))
        .where(func.lower(_USER.c.email) == address, _USER.c.is_active.is_(True))
        .having(func.count() == 1)
    )
    return or_(_USER.c.username_key == key, _USER.c.id == by_address.scalar_subquery())


def _write(
    session: Session,
    condition: ColumnElement[bool],
    letter: LetterText,
    kind: LinkKind | None,
    *,
    language: str,
    now: datetime,
) -> int:
    """One mail to each of these who can get mail, in the place of an earlier one of this kind; how many."""
    receivers = select(_USER.c.id).where(condition, _CAN_GET_MAIL)
    if kind is not None:
        waits = and_(_MAIL.c.link_kind == kind, _MAIL.c.sent_at.is_(None))
        execute(session, delete(_MAIL).where(waits, _MAIL.c.user_id.in_(receivers)), {})
    constants: Mapping[str, object] = {
        "link_kind": kind,
        "created_at": now,
        "tries": 0,
        "next_try_at": now,
        "error": "",
    }
    values = [literal(value, _MAIL.c[name].type) for name, value in constants.items()]
    chosen = receivers.with_only_columns(
        _USER.c.id,
        _USER.c.email,
        _in_own_language(letter.subject, language, _MAIL.c.subject),
        _in_own_language(letter.body, language, _MAIL.c.body),
        *values,
    )
    names = ["user_id", "address", "subject", "body", *constants]
    writing = insert(_MAIL).from_select(names, chosen).execution_options(preserve_rowcount=True)
    return execute(session, writing, {}).rowcount


def _in_own_language(text: Message | Joined, language: str, column: ColumnElement[str]) -> ColumnElement[str]:
    texts = {each: literal(text.in_language(templates(each)), column.type) for each in available()}
    return case(texts, value=_USER.c.language, else_=texts.get(language, texts[ENGLISH]))
