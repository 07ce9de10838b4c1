"""No spoiled roster is misread in silence: it is read as its people truly are, or refused, or asked about."""

from collections import Counter

import pytest

from server.domain.errors import Invalid
from server.domain.people.roster.diff import Approval, RemovedStudent, RosterDiff
from server.domain.people.roster.doubts import spoiled_numbers
from server.domain.people.roster.file import Roster, read_roster
from server.domain.people.roster.questions import open_questions
from server.domain.people.roster.rows import RosterRow
from tests.support.spoiled_names import Person
from tests.support.spoiled_rosters import SpoiledRoster, canonical, draw, truths

FEW, MANY = range(250), range(1000, 13_000)


def verdict_on(spoiled: SpoiledRoster) -> str:
    """What became of the file: 'read right', 'refused' or 'asked about'; or what it was misread as."""
    try:
        roster = read_roster(spoiled.data)
    except Invalid as refusal:
        return "asked about" if "--encoding" in refusal.message else "refused"
    doubts = spoiled_numbers(roster.rows, members=numbers_of(spoiled))
    problems = [*roster.problems, *doubts]
    if problems:
        return "asked about" if all(problem.is_doubt for problem in problems) else "refused"
    if any(open_questions(difference(spoiled, roster), active=len(spoiled.members), approval=Approval())):
        return "asked about"
    return misreading(spoiled, roster) or "read right"


def numbers_of(spoiled: SpoiledRoster) -> list[str]:
    return [number for person in spoiled.members for number in (person.username, person.number)]


def difference(spoiled: SpoiledRoster, roster: Roster) -> RosterDiff:
    """What importing the file would do to a course of the members."""
    listed = {row.username for row in roster.rows}
    known = set(numbers_of(spoiled))
    added = tuple(row for row in roster.rows if row.username not in known)
    gone = [person for person in spoiled.members if listed.isdisjoint((person.username, person.number))]
    removed = tuple(RemovedStudent(person.username, person.name) for person in gone)
    return RosterDiff(added, (), removed, 0, ())


def misreading(spoiled: SpoiledRoster, roster: Roster) -> str:
    """How the rows differ from the truth in what the file says; empty where they do not."""
    people = truths(spoiled)
    is_whole = not any("no line end" in remark for remark in roster.layout.remarks)
    certain = roster.rows if is_whole else roster.rows[:-1]
    for row in certain:
        person = people.get(row.username.casefold())
        facts = "nobody" if person is None else differing(row, person, spoiled.fields)
        if facts:
            return f"line {row.line} is {row}, and in truth {facts}"
    if "bytes damaged" not in spoiled.history and len(roster.rows) < len(spoiled.people):
        return f"{len(roster.rows)} people of {len(spoiled.people)}"
    return ""


def differing(row: RosterRow, person: Person, fields: frozenset[str]) -> str:
    pairs = {
        "name": (row.name, person.name),
        "number": (row.student_number, person.number),
        "email": (row.email, person.email),
        "department": (row.department, person.department),
        "section": (row.section, person.section),
    }
    says = fields | ({"name"} if "last" in fields else set())
    wrong = [
        name
        for name, (seen, true) in pairs.items()
        if name in says and canonical(seen or "") != canonical(true)
    ]
    return f"{person}: {', '.join(wrong)}" if wrong else ""


def judge(seeds: range) -> Counter[str]:
    """How many files came to which verdict; a misreading stands for itself with its seed and history."""
    verdicts: Counter[str] = Counter()
    for seed in seeds:
        spoiled = draw(seed)
        verdict = verdict_on(spoiled)
        is_right = verdict in ("read right", "refused", "asked about")
        verdicts[verdict if is_right else f"seed {seed} ({spoiled.history}): {verdict}"] += 1
    return verdicts


def test_no_spoiled_roster_is_misread_in_silence() -> None:
    verdicts = judge(FEW)

    assert set(verdicts) == {"read right", "refused", "asked about"}
    assert verdicts["read right"] > len(FEW) / 4


@pytest.mark.long
def test_none_of_twelve_thousand_spoiled_rosters_is_misread_in_silence() -> None:
    verdicts = judge(MANY)

    print(dict(verdicts))  # noqa: T201  # the counts are what the proof is run for
    assert set(verdicts) == {"read right", "refused", "asked about"}
    assert verdicts["read right"] > len(MANY) / 4
