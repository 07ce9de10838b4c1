"""Numbers, times, states and problems as a person reads them, shared by every table and sentence.

What has words in it is a text that tables show in their reader's language (grader/messages.py).
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from client.api.decode import Json, Mismatch, decode
from client.api.errors import ApiError, ClientError, InvalidFile
from client.api.types.competitions import ReportedProblem, SubmittedFile
from client.output.views import Finding, Proof
from grader.messages import COMMA, Message, counted, joined

NOTHING = "-"
WEEKDAYS = (
    Message("Mon"),
    Message("Tue"),
    Message("Wed"),
    Message("Thu"),
    Message("Fri"),
    Message("Sat"),
    Message("Sun"),
)
STATES: dict[str, Message] = {
    str(word): word
    for word in (
        # Of a competition.
        Message("upcoming"),
        Message("open"),
        Message("late"),
        Message("closed"),
        Message("revealed"),
        Message("archived"),
        # Of a submission.
        Message("received"),
        Message("scored"),
        Message("invalid"),
        Message("failed"),
    )
}
# Controls of the terminal, and those that turn the order of the letters around them.
CONTROL = dict.fromkeys(
    (*range(0x20), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A)), "\ufffd"
)


def plain(text: str) -> str:
    """A text whose control characters are replaced: a team's name must not steer the terminal.

    >>> plain("a\\x1b[2Jb")
    'a\ufffd[2Jb'
    """
    return text.translate(CONTROL)


def can_print(text: str) -> bool:
    """Whether standard output has a sign for each character of a text."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def score_text(score: float | None) -> str:
    """A score as the server rounded it, with six decimals at the most.

    >>> score_text(0.5), score_text(12345.678), score_text(1 / 3), score_text(None)
    ('0.5', '12345.678', '0.333333', '-')
    """
    return score_column([score])[0]


def score_column(scores: Sequence[float | None]) -> list[str]:
    """Scores with equally many decimals, as many as the longest of them needs and six at the most.

    >>> score_column([0.7411, 0.8, None])
    ['0.7411', '0.8000', '-']
    """
    needed = [f"{score:.6f}".rstrip("0").partition(".")[2] for score in scores if score is not None]
    decimals = max(1, *map(len, needed), 0)
    return [NOTHING if score is None else f"{score:.{decimals}f}" for score in scores]


def size_text(size: int) -> str:
    """A number of bytes in the unit a person would use; the units are the same in all languages.

    >>> size_text(512), size_text(2_500_000)
    ('512 B', '2.5 MB')
    """
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.1f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def time_text(time: datetime | None, zone: str) -> str:
    """A time on the wall clock of `zone`, which is named, since students sit in many.

    >>> time_text(datetime(2026, 3, 14, 16, 0, tzinfo=UTC), "Asia/Taipei")
    'Sun 2026-03-15 00:00 Asia/Taipei'
    """
    if time is None:
        return NOTHING
    place = _zone(zone)
    name = "UTC" if place is UTC else zone
    there = time.astimezone(place)
    return Message(
        "{weekday} {day} {clock} {zone}",
        weekday=WEEKDAYS[there.weekday()],
        day=f"{there:%Y-%m-%d}",
        clock=f"{there:%H:%M}",
        zone=name,
    )


def duration_text(seconds: float | None) -> str:
    """A length of time in its two largest units.

    >>> duration_text(59), duration_text(3_725), duration_text(90_000)
    ('59 s', '1 h 2 min', '1 d 1 h')
    """
    if seconds is None:
        return NOTHING
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes_left = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    if days:
        return Message("{days} d {hours} h", days=days, hours=hours_left)
    if hours:
        return Message("{hours} h {minutes} min", hours=hours, minutes=minutes_left)
    if minutes:
        return Message("{minutes} min {seconds} s", minutes=minutes, seconds=rest)
    return Message("{number} s", number=rest)


def state_text(state: str) -> str:
    """A state of a competition or a submission in words; one that a newer server made up is itself."""
    return STATES.get(state, state)


def metric_text(metric: str, *, higher_is_better: bool) -> str:
    """A metric and its direction; its name is the same in all languages."""
    if higher_is_better:
        return Message("{metric}, higher is better", metric=metric)
    return Message("{metric}, lower is better", metric=metric)


@dataclass(frozen=True)
class Mark:
    """Why a file does not count as one in time does: the word for it, as a heading too, and what it means."""

    word: str
    heading: str
    means: str


TRIAL = Mark(Message("trial"), Message("Trial"), Message("it counts nowhere"))
PRACTICE = Mark(Message("practice"), Message("Practice"), Message("it counts nowhere"))
LATE = Mark(Message("late"), Message("Late"), Message("it counts on neither board"))


def mark_of(submission: SubmittedFile) -> Mark | None:
    """The mark of a submission, None for one in time by a student; the words are those of the pages."""
    if submission.is_trial:
        return TRIAL
    if submission.is_practice:
        return PRACTICE
    return LATE if submission.is_late else None


def problem_lines(problem: ReportedProblem) -> list[str]:
    """A problem as lines: what is wrong and where, what to do, and examples as they came."""
    lines: list[str] = [Message("- {problem}", problem=_placed(problem))]
    if problem.hint:
        lines.append(Message("  {hint}", hint=problem.hint))
    if problem.examples:
        lines.append(Message("  for example: {examples}", examples=joined(*problem.examples, between=COMMA)))
    return lines


def _placed(problem: ReportedProblem) -> str:
    """A problem with the lines of the file where it was met; dots stand for more of them."""
    if not problem.lines:
        return problem.message
    more = ("...",) if problem.count > len(problem.lines) else ()
    lines = joined(*map(str, problem.lines), *more, between=COMMA)
    return counted(
        "{problem} (line {lines})",
        "{problem} (lines {lines})",
        problem.count,
        problem=problem.message,
        lines=lines,
    )


def proof_facts(proof: Proof) -> list[Finding]:
    """What holds of a proof, then what a receipt says, field by field as it was signed."""
    fields = [
        Finding(what=name, said=NOTHING if value is None else str(value))
        for name, value in proof.told.items()
    ]
    return [*proof.findings, *fields]


def proof_result(proof: Proof) -> str:
    """What a proof comes to: verified, or sealed until when."""
    if proof.sealed_until is not None:
        opens = time_text(proof.sealed_until, "UTC")
        return Message(
            "Sealed until {time}. Then salt and text are shown, and this command compares.", time=opens
        )
    return Message("Verified: {subject}.", subject=proof.subject)


def problems_of(error: ClientError) -> tuple[ReportedProblem, ...]:
    """The problems of a file that an error carries, none where it is about something else."""
    if isinstance(error, InvalidFile):
        return error.problems
    listed: Json = error.details.get("problems") if isinstance(error, ApiError) else None
    if not isinstance(listed, list):
        return ()
    try:
        return tuple(decode(ReportedProblem, problem) for problem in listed)
    except Mismatch:
        return ()  # the server's sentence is shown in any case


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC  # a machine without zone data still gets a right time, named as UTC
