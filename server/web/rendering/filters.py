"""How values read on a page: times in a zone, scores, sizes, durations. Pure functions, used as filters."""

from datetime import datetime
from zoneinfo import ZoneInfo

from server.clock import local_text

Moment = datetime | str  # the shapes of the API carry ISO text
NOT_MEASURED = "not told by the driver"
NOTHING = "\N{EN DASH}"
UNITS = ("bytes", "kB", "MB", "GB")


def moment(value: Moment) -> datetime:
    """An aware instant, from itself or from the API's text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def local(value: Moment, zone: str) -> str:
    """A time in full with its zone: 'Fri 13 Mar 2026, 23:59 (Asia/Taipei)'."""
    return local_text(moment(value), zone)


def clock(value: Moment, zone: str) -> str:
    """A time to the second for the ticking clock: 'Fri 13 Mar 2026, 23:59:05 (Asia/Taipei)'."""
    return moment(value).astimezone(ZoneInfo(zone)).strftime("%a %d %b %Y, %H:%M:%S") + f" ({zone})"


def local_short(value: Moment, zone: str) -> str:
    """A time for a column whose head names the zone: '13 Mar, 23:59'."""
    return moment(value).astimezone(ZoneInfo(zone)).strftime("%d %b, %H:%M").lstrip("0")


def until(value: Moment, now: Moment) -> str:
    """The time left until then in two units, as the script shows it before its first tick: '2 d 5 h'."""
    return duration((moment(value) - moment(now)).total_seconds()) if moment(value) > moment(now) else "now"


def duration(seconds: float | None) -> str:
    """A length of time in its two largest units.

    >>> duration(0.034), duration(6.4), duration(60), duration(3700), duration(190_000)
    ('34 ms', '6.4 s', '1 min', '1 h 1 min', '2 d 4 h')
    """
    if seconds is None:
        return NOTHING
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    for big, small, large, little in ((86400, 3600, "d", "h"), (3600, 60, "h", "min"), (60, 1, "min", "s")):
        if seconds >= big:
            rest = seconds % big // small
            return f"{seconds // big:.0f} {large}" + (f" {rest:.0f} {little}" if rest else "")
    raise AssertionError(seconds)


def about(seconds: float) -> str:
    """A length of time that is an estimate: one unit, nothing below a second.

    >>> about(0.2), about(43.0), about(100.0), about(5400.0), about(120_000.0), about(640_000.0)
    ('1 s', '43 s', '2 min', '1.5 h', '33 h', '7 d')
    """
    if seconds < 59.5:
        return f"{max(1.0, seconds):.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.2g} h" if seconds < 99 * 3600 else f"{seconds / 86400:.0f} d"


def score(value: float | None, decimals: int) -> str:
    """A score with as many decimals as its split's size supports; a dash for none."""
    return NOTHING if value is None else f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def size(count: int) -> str:
    """A number of bytes in decimal units.

    >>> size(512), size(20_480), size(3_200_000)
    ('512 bytes', '20.5 kB', '3.2 MB')
    """
    value, power = float(count), 0
    while value >= 1000 and power < len(UNITS) - 1:
        value, power = value / 1000, power + 1
    return f"{value:.1f} {UNITS[power]}" if power else f"{count} {UNITS[0]}"


def memory(mebibytes: float | None) -> str:
    """An amount of memory: '312 MiB', '5.2 GiB'; in words when nobody told it."""
    if mebibytes is None:
        return NOT_MEASURED
    return f"{mebibytes / 1024:.1f} GiB" if mebibytes >= 1024 else f"{mebibytes:.0f} MiB"


def energy(joules: float | None) -> str:
    """An energy; in words when nobody told it.

    >>> energy(850.0), energy(54_000.0), energy(7_200_000.0), energy(None)
    ('850 J', '54 kJ (15 Wh)', '7.2 MJ (2,000 Wh)', 'not told by the driver')
    """
    if joules is None:
        return NOT_MEASURED
    if joules < 1000:
        return f"{joules:.0f} J"
    unit, share = ("MJ", 1e6) if joules >= 1e6 else ("kJ", 1e3)
    return f"{joules / share:.3g} {unit} ({joules / 3600:,.{0 if joules >= 36_000 else 1}f} Wh)"


def factor(value: float) -> str:
    """A ratio in two digits: 0.031, 4.2, 370."""
    return f"{float(f'{value:.2g}'):g}" if value < 1e6 else f"{value:,.0f}"


def measurement(value: float | None, unit: str = "") -> str:
    """A measured number with its unit; in words when nobody told it.

    >>> measurement(1234.4, "GFLOPS"), measurement(93.25, "%"), measurement(None)
    ('1,234 GFLOPS', '93.2 %', 'not told by the driver')
    """
    if value is None:
        return NOT_MEASURED
    return (f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}") + f" {unit}".rstrip()


def plain(value: float) -> str:
    """A number of points without needless zeros: 1, 1.5."""
    return f"{value:g}"


RULE_WORDS = {
    "daily_limit": "submissions a day",
    "final_selections": "final selections",
    "unselected": "what counts without a selection",
    "team_size": "members of a team",
    "merge_until": "merging of teams until",
    "late_penalty": "share of the points lost for each day late",
    "has_practice": "practice after the end",
    "ladder_step": "the Ladder's step",
    "reset_zone": "time zone",
    "opens_at": "opening",
    "deadline_at": "deadline",
    "late_until": "late uploads until",
    "reveal_at": "opening of the private board",
    "grace_seconds": "seconds of grace",
    "upload_limit_bytes": "largest file",
    "is_admin": "admin",
    "is_active": "active",
    "is_archived": "archived",
    "has_password": "with a password",
    "description_md": "description",
    "body_md": "text",
    "leaks_accepted": "leaks of the key that are accepted",
}


def rule_word(name: str) -> str:
    """A rule's name as people read it."""
    return RULE_WORDS.get(name, name.replace("_", " "))


FILTERS = {
    "rule_word": rule_word,
    "clock": clock,
    "local": local,
    "local_short": local_short,
    "until": until,
    "about": about,
    "duration": duration,
    "score": score,
    "size": size,
    "plain": plain,
    "memory": memory,
    "energy": energy,
    "measurement": measurement,
    "factor": factor,
}
