"""Who in a gradebook is who in the course: exactly, as somebody confirmed, or proposed for confirmation."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from server.domain.grades.gradebooks.layout import GradebookLayout, KeyKind
from server.domain.grades.gradebooks.raw_table import RawRow
from server.domain.grades.gradebooks.students import GradedStudent

Key = tuple[KeyKind, str]
PROPOSED_MOST = 3
SHORTEST = 3  # characters of a key that may be another with a slip


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A row that is nobody's here: its line, its keys as they stand, its name, and who it may be."""

    line: int
    keys: tuple[str, ...]
    name: str
    partners: tuple[GradedStudent, ...]


@dataclass(frozen=True, slots=True)
class Pairing:
    """The students of the file by the line of their row, and both lists of who has no partner.

    exact: the ids of those whom the file's own keys name; twice: of them those whom several rows name, so
    that none of these is filled.
    """

    by_line: Mapping[int, GradedStudent]
    rows: tuple[Unmatched, ...]
    students: tuple[GradedStudent, ...]
    exact: frozenset[int]
    twice: tuple[GradedStudent, ...]


def paired(
    layout: GradebookLayout, students: Sequence[GradedStudent], *, confirmed: Mapping[str, int]
) -> Pairing:
    """Each row's student: by the layout's keys as they are, or as `confirmed` says.

    confirmed: the ids of students by a key as the file writes it, which staff have confirmed before; a row
    that is somebody's by its own keys goes first. A key that two students answer to, or a student whom two
    rows name, is left unmatched.
    """
    index = _index((key, student) for student in students for key in _keys_of(student))
    by_id = {student.user_id: student for student in students}
    rows = [row for row in layout.table.rows if row.line not in layout.others]
    by_keys = _by_line(rows, lambda row: _student_of(row, layout, index))
    exact = frozenset(student.user_id for student in by_keys.values())
    unused = {key: by_id[user_id] for key, user_id in confirmed.items() if user_id in by_id.keys() - exact}
    open_rows = [row for row in rows if row.line not in by_keys]
    by_click = _by_line(open_rows, lambda row: _student_of(row, layout, index, unused))
    by_line = _once(by_keys) | _once(by_click)
    taken = exact | {student.user_id for student in by_line.values()}
    free = [student for student in students if student.user_id not in taken]
    near = _Neighbours(free)
    unmatched = [_unmatched(row, layout, near) for row in open_rows if row.line not in by_line]
    twice = [by_id[user_id] for user_id in sorted(exact - {each.user_id for each in by_line.values()})]
    return Pairing(by_line, tuple(unmatched), tuple(free), exact, tuple(twice))


def _by_line(
    rows: Sequence[RawRow], student_of: Callable[[RawRow], GradedStudent | None]
) -> dict[int, GradedStudent]:
    return {row.line: student for row in rows if (student := student_of(row)) is not None}


def _once(by_line: Mapping[int, GradedStudent]) -> dict[int, GradedStudent]:
    """Without the students whom several rows name."""
    rows = Counter(student.user_id for student in by_line.values())
    return {line: student for line, student in by_line.items() if rows[student.user_id] == 1}


def unwrapped(cell: str) -> str:
    """A cell without what Canvas and Excel put around one that a spreadsheet would change: `="007"`.

    >>> unwrapped('="007"'), unwrapped(" b01 ")
    ('007', 'b01')
    """
    cell = cell.strip()
    return cell[2:-1].strip() if cell.startswith('="') and cell.endswith('"') and len(cell) > 2 else cell


def _keys_of(student: GradedStudent) -> list[Key]:
    """What a system may call the student: many schools sign in by the address, or by the number."""
    keys = [
        (KeyKind.USERNAME, student.username),
        (KeyKind.USERNAME, student.email),
        (KeyKind.USERNAME, student.student_number),
        (KeyKind.STUDENT_NUMBER, student.student_number),
    ]
    return [key for key in keys if key[1]]


def _index(pairs: Iterable[tuple[Key, GradedStudent]]) -> dict[Key, GradedStudent]:
    """Students by key, without the keys of two."""
    index: dict[Key, GradedStudent | None] = {}
    for key, student in pairs:
        index[key] = student if index.get(key, student) is student else None
    return {key: student for key, student in index.items() if student is not None}


def _student_of(
    row: RawRow,
    layout: GradebookLayout,
    index: Mapping[Key, GradedStudent],
    confirmed: Mapping[str, GradedStudent] = MappingProxyType({}),
) -> GradedStudent | None:
    """The one student whom all keys of the row name that name any."""
    named: dict[int, GradedStudent] = {}
    for place, kind in layout.keys:
        text = unwrapped(row.cells[place])
        student = index.get((kind, text)) or confirmed.get(text)
        if student is not None:
            named[student.user_id] = student
    return next(iter(named.values())) if len(named) == 1 else None


def _unmatched(row: RawRow, layout: GradebookLayout, near: "_Neighbours") -> Unmatched:
    keys = tuple(text for place, _ in layout.keys if (text := unwrapped(row.cells[place])))
    name = unwrapped(row.cells[layout.name])
    return Unmatched(row.line, keys, name, tuple(near.of(keys, name)[:PROPOSED_MOST]))


class _Neighbours:
    """Students by what is left of their keys without one letter, so that near ones need no search.

    Two texts that are one edit apart share such a rest, or one is a rest of the other.
    """

    def __init__(self, students: Sequence[GradedStudent]) -> None:
        self._by_rest: dict[str, list[tuple[str, GradedStudent]]] = {}
        self._by_name: dict[str, list[GradedStudent]] = {}
        for student in students:
            self._by_name.setdefault(_plain(student.name), []).append(student)
            for _, text in _keys_of(student):
                key = _plain(text)
                for rest in _rests(key):
                    self._by_rest.setdefault(rest, []).append((key, student))

    def of(self, keys: Sequence[str], name: str) -> list[GradedStudent]:
        """Those with a key that differs by case, spaces, width or one edit; then those of the name."""
        near = {
            student.user_id: student
            for key in map(_plain, keys)
            for rest in sorted(_rests(key))
            for own, student in self._by_rest.get(rest, ())
            if is_one_edit_apart(key, own)
        }
        namesakes = {each.user_id: each for each in self._by_name.get(_plain(name), ()) if name}
        return list((near | namesakes).values())


def _rests(text: str) -> set[str]:
    return {text, *(text[:i] + text[i + 1 :] for i in range(len(text)))}


def _plain(text: str) -> str:
    """Without case, width, spaces, and what stands behind the @ of an address."""
    folded = unicodedata.normalize("NFKC", text).casefold().partition("@")[0]
    return "".join(folded.split())


def is_one_edit_apart(one: str, other: str) -> bool:
    """Whether two texts are equal, or one letter is changed, missing, too many, or swapped with the next.

    >>> is_one_edit_apart("b0123", "b0132"), is_one_edit_apart("b012", "b0123"), is_one_edit_apart("a1", "b2")
    (True, True, False)
    """
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < SHORTEST:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True  # one begins with the other
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
