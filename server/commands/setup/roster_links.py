"""What `splitboard roster --invite` and `--sheet` do: new people get links in the place of passwords."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from server.clock import utc_now
from server.database.database import Database
from server.domain.audit.actor import COMMAND_LINE
from server.domain.errors import Invalid
from server.domain.files.password_files import keep_sheet
from server.domain.people import courses
from server.domain.people.passwords import handing_out
from server.domain.people.roster import importing as roster
from server.domain.people.roster.diff import Approval, RosterDiff
from server.domain.people.roster.file import Roster
from server.serializers.people import password_links as links_json
from server.settings import Settings


@dataclass(frozen=True)
class LinkWays:
    """How new people get their links: by mail where they have an address, in a CSV file for the others."""

    by_mail: bool
    sheet: Path | None

    @property
    def are_wanted(self) -> bool:
        """Whether links take the place of passwords."""
        return self.by_mail or self.sheet is not None


@dataclass(frozen=True)
class LinkedImport:
    """What an import did: how many links go by mail, how many are in the sheet, how many people have none."""

    diff: RosterDiff
    mailed: int
    on_sheet: int
    without: int

    def lines(self, ways: LinkWays) -> list[str]:
        """What became of the links, for the terminal."""
        lines = [f"Invitations by mail: {self.mailed}."] if ways.by_mail else []
        if ways.sheet is not None:
            lines.append(f"Links in {ways.sheet}: {self.on_sheet}. Delete it once they are handed out.")
        if self.without:
            lines.append(
                f"Without an address and a link: {self.without}. The course's page Invitations makes one."
            )
        return lines


def require_origin(settings: Settings, ways: LinkWays) -> str:
    """The address that the links begin with. Raises Invalid where it is not known, or no mails can go."""
    if settings.link_origin is None:
        raise Invalid("Set SPLITBOARD_ORIGIN, the address by which people reach this installation.")
    if ways.by_mail and not settings.mails_links:
        raise Invalid("No mails go out: set SPLITBOARD_SMTP_URL, or write the links by --sheet FILE.")
    return settings.link_origin


def imported(
    db: Database, people: Roster, *, course: str, approval: Approval, ways: LinkWays, origin: str
) -> LinkedImport:
    """What the import did, after its sheet is in a file and it is committed, in this order."""

    def work(session: Session) -> LinkedImport:
        of, now = courses.course_named(session, course), utc_now()
        result = roster.import_roster(
            session, course=of, roster=people, by=COMMAND_LINE, now=now, approval=approval
        )
        new = handing_out.without_passwords(session, [each.username for each in result.passwords])
        mailed = [each for each in new if ways.by_mail and handing_out.has_address(each)]
        others = [each for each in new if each not in mailed]
        if mailed:
            handing_out.mail_invitations(session, mailed, course=of, origin=origin, by=COMMAND_LINE, now=now)
        if ways.sheet is None:
            return LinkedImport(result.diff, len(mailed), 0, len(others))
        slips = handing_out.slips_for(session, others, course=of, by=COMMAND_LINE, now=now)
        keep_sheet(ways.sheet, links_json.to_csv(slips, origin))
        return LinkedImport(result.diff, len(mailed), len(slips), 0)

    return db.write(work)
