"""A course's calendar: its first day, and its holidays, on which nothing is due."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from grader.homeworks.rules import FIRST_YEAR, LAST_YEAR
from grader.messages import Message
from server.domain.errors import Invalid

HOLIDAYS_MOST = 400
STRETCH_MOST = 200  # days of holidays in a row, so that a slip of the pen does not empty a term
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """The day on which a course begins, None where nobody has said, and its holidays, ascending."""

    first_day: date | None = None
    holidays: tuple[date, ...] = ()

    def as_json(self) -> dict[str, str | list[str] | None]:
        """The calendar as a course's columns and the audit trail keep it."""
        return {
            "first_day": None if self.first_day is None else self.first_day.isoformat(),
            "holidays": [day.isoformat() for day in self.holidays],
        }


EMPTY = Calendar()


def read_day(text: str) -> date:
    """The day that `text` names, as in 2027-02-22; raises Invalid for none."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(Message("'{text}' is no day; write it as 2027-02-22.", text=text.strip())) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Invalid(Message("'{text}' is no day; write it as 2027-02-22.", text=text.strip()))
    return day


def read_holidays(text: str) -> tuple[date, ...]:
    """The days that `text` names, ascending, each once.

    A line has a day, as in 2027-04-05, or the first and the last of several, as in 2027-04-02/2027-04-06.
    Raises Invalid with the line that has neither.
    """
    days: set[date] = set()
    for line in filter(None, map(str.strip, text.splitlines())):
        days.update(_stretch(line))
        if len(days) > HOLIDAYS_MOST:
            raise Invalid(
                Message("A course has {most} holidays at the most; these are more.", most=HOLIDAYS_MOST)
            )
    return tuple(sorted(days))


def _stretch(line: str) -> Iterator[date]:
    first, _, last = line.partition("/")
    begins = read_day(first)
    ends = read_day(last) if last else begins
    if not begins <= ends < begins + STRETCH_MOST * DAY:
        raise Invalid(
            Message(
                "'{line}' should have the first and the last of at most {most} holidays, in this order.",
                line=line,
                most=STRETCH_MOST,
            )
        )
    for number in range((ends - begins).days + 1):
        yield begins + number * DAY


def holidays_text(days: tuple[date, ...]) -> str:
    """The days as a form has them, those in a row as one line.

    >>> holidays_text((date(2027, 4, 2), date(2027, 4, 3), date(2027, 5, 1)))
    '2027-04-02/2027-04-03\\n2027-05-01'
    """
    stretches: list[list[date]] = []
    for day in days:
        if stretches and day - stretches[-1][-1] == DAY:
            stretches[-1].append(day)
        else:
            stretches.append([day])
    lines = (
        each[0].isoformat() if len(each) == 1 else f"{each[0].isoformat()}/{each[-1].isoformat()}"
        for each in stretches
    )
    return "\n".join(lines)
