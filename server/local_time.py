"""How an instant reads: on the wall clock of a zone, which is named, in the words of a language."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any, Self
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import get_timezone_name

from grader.messages import Catalogue, Message, Text

# translators: {month} is the month's name as the language abbreviates it, in Chinese with 月.
FULL = Message("{weekday} {day:02} {month} {year}, {hour:02}:{minute:02} ({zone})").template
SECOND = Message("{weekday} {day:02} {month} {year}, {hour:02}:{minute:02}:{second:02} ({zone})").template
SHORT = Message("{day} {month}, {hour:02}:{minute:02}").template
SHORT_SECOND = Message("{day} {month}, {hour:02}:{minute:02}:{second:02}").template
SHORT_SECOND_WITH_YEAR = Message("{day} {month} {year}, {hour:02}:{minute:02}:{second:02}").template
SHORT_WITH_YEAR = Message("{day} {month} {year}, {hour:02}:{minute:02}").template


class LocalTime(Text):
    """An instant as text. In English: 'Fri 13 Mar 2026, 23:59 (Asia/Taipei)'."""

    form: str
    instant: datetime
    zone: str

    def __new__(cls, form: str, instant: datetime, zone: str) -> Self:
        """The English text of an aware instant in an IANA zone, in one of the forms above."""
        local = instant.astimezone(ZoneInfo(zone))
        text = super().__new__(cls, form.format(**_fields(local, "en"), zone=zone))
        text.form, text.instant, text.zone = form, instant, zone
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        return LocalTime, (self.form, self.instant, self.zone)

    def in_language(self, catalogue: Catalogue) -> str:
        """The text with the names of months and days in the catalogue's language, and that of the zone."""
        local = self.instant.astimezone(ZoneInfo(self.zone))
        fields = _fields(local, catalogue.language)
        return catalogue.gettext(self.form).format(**fields, zone=zone_name(self.zone, catalogue.language))


def local_text(instant: datetime, zone: str) -> LocalTime:
    """`instant` as people read it in `zone`, with the zone's name: 'Fri 13 Mar 2026, 23:59 (Asia/Taipei)'."""
    return LocalTime(FULL, instant, zone)


def own_time(instant: datetime, zone: str, own: str) -> LocalTime | None:
    """`instant` on the clock of a zone of one's own; None where that shows the same as `zone`, or is ""."""
    if not own or _offset(instant, own) == _offset(instant, zone):
        return None
    return local_text(instant, own)


def _offset(instant: datetime, zone: str) -> timedelta | None:
    return instant.astimezone(ZoneInfo(zone)).utcoffset()


class ZoneName(Text):
    """An IANA zone as text: its own name in English, what it is called elsewhere."""

    def __reduce__(self) -> tuple[Any, ...]:
        return ZoneName, (str(self),)

    def in_language(self, catalogue: Catalogue) -> str:
        """What the zone is called in the catalogue's language."""
        return zone_name(str(self), catalogue.language)


@cache
def zone_name(zone: str, language: str) -> str:
    """What a zone is called: its IANA name in English, as in "Asia/Taipei"; elsewhere as in "台北時間".

    A zone of no region, such as UTC, keeps its name: Babel would call it that of an unknown region.
    """
    if language == "en" or zone == "UTC" or zone.startswith("Etc/"):
        return zone
    locale = _locale(language)
    return get_timezone_name(ZoneInfo(zone), width="long", zone_variant="generic", locale=locale)


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")


def _fields(local: datetime, language: str) -> dict[str, str | int]:
    locale = _locale(language)
    return {
        "weekday": locale.days["format"]["abbreviated"][local.weekday()],
        "month": locale.months["format"]["abbreviated"][local.month],
        "year": local.year,
        "day": local.day,
        "hour": local.hour,
        "minute": local.minute,
        "second": local.second,
    }
