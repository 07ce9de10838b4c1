"""How values read on a page: times in a zone, scores, sizes, durations. Pure functions, used as filters.

What has words in it is a text that pages show in their reader's language (grader/messages.py).
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context

from grader.messages import Message, counted
from server.local_time import (
    SECOND,
    SHORT,
    SHORT_SECOND,
    SHORT_SECOND_WITH_YEAR,
    SHORT_WITH_YEAR,
    LocalTime,
    local_text,
    own_time,
)
from server.web.rendering.units import typed
from server.words import RULE_WORDS, device, word

Moment = datetime | str  # the shapes of the API carry ISO text
NOTHING = "\N{EN DASH}"
# To how many seconds an estimate is told, below so many: a minute in an hour, ten minutes in a day.
ABOUT = ((3_600, 60), (86_400, 600), (4 * 86_400, 3_600), (float("inf"), 86_400))


def moment(value: Moment) -> datetime:
    """An aware instant, from itself or from the API's text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def local(value: Moment, zone: str) -> LocalTime:
    """A time in full with its zone: 'Fri 13 Mar 2026, 23:59 (Asia/Taipei)'."""
    return local_text(moment(value), zone)


def own(value: Moment, zone: str, own_zone: str) -> LocalTime | None:
    """A time on the reader's own clock, where that shows another than the zone's."""
    return own_time(moment(value), zone, own_zone)


def clock(value: Moment, zone: str) -> LocalTime:
    """A time to the second for the ticking clock: 'Fri 13 Mar 2026, 23:59:05 (Asia/Taipei)'."""
    return LocalTime(SECOND, moment(value), zone)


def local_short(value: Moment, zone: str, now: Moment) -> LocalTime:
    """A time for a column whose head names the zone: '13 Mar, 23:59'; with its year where that is another."""
    year, this_year = (moment(each).astimezone(ZoneInfo(zone)).year for each in (value, now))
    return LocalTime(SHORT if year == this_year else SHORT_WITH_YEAR, moment(value), zone)


@pass_context
def local_second_here(context: Context, value: Moment, zone: str) -> LocalTime:
    """`local_short` to the second, by which two files of one minute are told apart."""
    at, now = moment(value), moment(context["now"])
    is_this_year = at.astimezone(ZoneInfo(zone)).year == now.astimezone(ZoneInfo(zone)).year
    return LocalTime(SHORT_SECOND if is_this_year else SHORT_SECOND_WITH_YEAR, at, zone)


@pass_context
def local_short_here(context: Context, value: Moment, zone: str) -> LocalTime:
    """`local_short` by the page's own time."""
    return local_short(value, zone, context["now"])


def until(value: Moment, now: Moment) -> str:
    """The time left until then in two units, as the script shows it before its first tick: '2 d 5 h'."""
    left = (moment(value) - moment(now)).total_seconds()
    return duration(left) if left > 0 else Message("now")


def duration(seconds: float | None) -> str:
    """A length of time in its two largest units; the scripts of pages have the same words (texts.js).

    >>> duration(0.034), duration(6.4), duration(104.9), duration(3700), duration(190_000)
    ('34 ms', '6.4 s', '1 min 45 s', '1 h 1 min', '2 d 4 h')
    """
    if seconds is None:
        return NOTHING
    if seconds < 1:
        return Message("{number:.0f} ms", number=seconds * 1000)
    if seconds < 59.5:
        return Message("{number} s", number=f"{seconds:.{1 if seconds < 10 else 0}f}")
    whole = round(seconds)
    days, hours, minutes = whole // 86400, whole % 86400 // 3600, whole % 3600 // 60
    if days:
        return (
            Message("{days} d {hours} h", days=days, hours=hours) if hours else Message("{days} d", days=days)
        )
    if hours:
        both = Message("{hours} h {minutes} min", hours=hours, minutes=minutes)
        return both if minutes else Message("{hours} h", hours=hours)
    rest = whole % 60
    both = Message("{minutes} min {seconds} s", minutes=minutes, seconds=rest)
    return both if rest else Message("{minutes} min", minutes=minutes)


def about(seconds: float) -> str:
    """A length of time that is an estimate: in the words of `duration`, to as much as one can know of it.

    >>> about(0.2), about(43.0), about(100.0), about(5400.0), about(120_000.0), about(640_000.0)
    ('1 s', '43 s', '2 min', '1 h 30 min', '1 d 9 h', '7 d')
    """
    if seconds < 59.5:
        return Message("{number} s", number=f"{max(1.0, seconds):.0f}")
    step = next(step for most, step in ABOUT if seconds < most)
    return duration(round(seconds / step) * step)


def score(value: float | None, decimals: int) -> str:
    """A score with as many decimals as its split's size supports; a dash for none."""
    return NOTHING if value is None else f"{value:z.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def size(count: int) -> str:
    """A number of bytes in decimal units.

    >>> size(512), size(20_480), size(3_200_000)
    ('512 bytes', '20.5 kB', '3.2 MB')
    """
    if count < 1000:
        return counted("{count} byte", "{count} bytes", count)
    power = min(3, (len(str(count)) - 1) // 3)
    return f"{count / 1000**power:.1f} {('kB', 'MB', 'GB')[power - 1]}"


def memory(mebibytes: float | None) -> str:
    """An amount of memory: '312 MiB', '5.2 GiB'; a dash when nobody told it."""
    if mebibytes is None:
        return NOTHING
    return f"{mebibytes / 1024:.1f} GiB" if mebibytes >= 1024 else f"{mebibytes:.0f} MiB"


def energy(joules: float | None) -> str:
    """An energy; a dash when nobody told it.

    >>> energy(850.0), energy(54_000.0), energy(7_200_000.0)
    ('850 J', '54 kJ (15 Wh)', '7.2 MJ (2,000 Wh)')
    """
    if joules is None:
        return NOTHING
    if joules < 1000:
        return f"{joules:.0f} J"
    unit, share = ("MJ", 1e6) if joules >= 1e6 else ("kJ", 1e3)
    return f"{joules / share:.3g} {unit} ({joules / 3600:,.{0 if joules >= 36_000 else 1}f} Wh)"


def factor(value: float) -> str:
    """A ratio in two digits: 0.031, 4.2, 370."""
    return f"{float(f'{value:.2g}'):g}" if value < 1e6 else f"{value:,.0f}"


def measurement(value: float | None, unit: str = "") -> str:
    """A measured number with its unit; a dash when nobody told it.

    >>> measurement(1234.4, "GFLOPS"), measurement(93.25, "%"), measurement(None) == NOTHING
    ('1,234 GFLOPS', '93.2 %', True)
    """
    if value is None:
        return NOTHING
    return (f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}") + f" {unit}".rstrip()


def plain(value: float) -> str:
    """A number of points without needless zeros: 1, 1.5."""
    return f"{value:g}"


def grouped(number: int) -> str:
    """A count with marks between its thousands: 1,200."""
    return f"{number:,}"


def rule_word(name: str) -> str:
    """A rule's name as people read it."""
    return RULE_WORDS.get(name, name.replace("_", " "))


FILTERS = {
    "word": word,
    "rule_word": rule_word,
    "device": device,
    "clock": clock,
    "local": local,
    "own_time": own,
    "local_short": local_short_here,
    "local_second": local_second_here,
    "until": until,
    "about": about,
    "duration": duration,
    "score": score,
    "size": size,
    "plain": plain,
    "grouped": grouped,
    "memory": memory,
    "energy": energy,
    "measurement": measurement,
    "factor": factor,
    "typed": typed,
}
