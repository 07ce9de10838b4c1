"""The columns of a roster: which of them says what of a person, by names in several languages."""

from collections.abc import Mapping
from dataclasses import dataclass

from grader.messages import COMMA, Message, joined
from server.domain.errors import Invalid
from server.domain.texts.letters import scripts_in
from server.domain.texts.tables import TableLine, title_key

# First names of lists whose last names stand under 'Name', as in 'Name, Vorname'.
FIRST_BESIDE_NAME = ("vorname", "vornamen", "prénom", "prénoms", "prenom", "förnamn", "voornaam")
HEADERS: Mapping[str, tuple[str, ...]] = {
    "username": (
        *(
            "username",
            "user name",
            "login",
            "login id",
            "login name",
            "sis login id",
            "account",
            "netid",
            "net id",
        ),
        *("benutzername", "anmeldename", "nom d'utilisateur", "identifiant", "nombre de usuario"),
        *("帳號", "學生帳號", "使用者名稱", "使用者帳號", "账号", "帐号", "用户名", "ユーザー名", "아이디"),
    ),
    "student_number": (
        *("student number", "student id", "student no", "student no.", "sid", "sis user id", "id number"),
        *("idnumber", "student id number", "sis id", "matriculation number", "registration number"),
        *(
            "matrikelnummer",
            "matrikelnr",
            "matrikelnr.",
            "matrikel nr",
            "matrikel nr.",
            "matr.nr.",
            "matr. nr.",
        ),
        *(
            "matr nr",
            "matr nr.",
            "numéro étudiant",
            "numéro d'étudiant",
            "n° étudiant",
            "matricola",
            "matrícula",
        ),
        *("學號", "學生學號", "学号", "学生学号", "學生編號", "学生编号", "学籍番号", "学生番号", "학번"),
    ),
    "name": (
        *("name", "full name", "fullname", "display name", "student", "student name", "student full name"),
        *("vollständiger name", "nom complet", "nombre completo", "nombre y apellidos", "nome completo"),
        *("姓名", "學生姓名", "学生姓名", "中文姓名", "氏名", "名前", "이름", "성명", "학생 이름"),
    ),
    "first_name": (
        *(
            "first name",
            "firstname",
            "given name",
            "givenname",
            "given names",
            "forename",
            *FIRST_BESIDE_NAME,
        ),
        *("nombre", "nombres", "nome", "名", "名字"),
    ),
    "last_name": (
        *(
            "last name",
            "lastname",
            "surname",
            "family name",
            "familyname",
            "nachname",
            "familienname",
            "zuname",
        ),
        *("nom", "nom de famille", "apellido", "apellidos", "cognome", "sobrenome", "姓", "姓氏"),
    ),
    "email": (
        *("email", "e mail", "mail", "email address", "e mail address", "e mail adresse", "email adresse"),
        *("emailadresse", "mailadresse", "courriel", "adresse e mail", "adresse email", "adresse courriel"),
        *(
            "correo electrónico",
            "電子郵件",
            "電子郵件地址",
            "信箱",
            "電子信箱",
            "電郵",
            "电子邮件",
            "邮箱",
            "电子邮箱",
        ),
        *("メールアドレス", "이메일"),
    ),
    "department": (
        *("department", "dept", "studiengang", "fachbereich", "département"),
        *("系所", "系所名稱", "科系", "系級", "院系", "系别", "학과"),
    ),
    "section": ("section", "sections", "class", "gruppe", "groupe", "班別", "班級", "班次", "班级", "분반"),
    "role": ("role", "身分", "身份", "角色"),
}
FIELD_WORDS = {
    "username": Message("username"),
    "student_number": Message("student number"),
    "name": Message("name"),
    "first_name": Message("first name"),
    "last_name": Message("last name"),
    "email": Message("email"),
    "department": Message("department"),
    "section": Message("section"),
    "role": Message("role"),
}
FIELDS: Mapping[str, str] = {synonym: field for field, synonyms in HEADERS.items() for synonym in synonyms}
TITLES = frozenset(FIELDS)
# Scripts in which the family name comes first, with no space after it.
FAMILY_FIRST = frozenset({"Han", "HANGUL", "kana"})


@dataclass(frozen=True)
class RosterColumns:
    """Where each field of a person stands in a line, and the titles of the columns that say nothing here."""

    places: Mapping[str, int]
    width: int
    unused: tuple[str, ...]

    def fields_of(self, line: TableLine) -> dict[str, str]:
        """What the line says of a person, by field; a full name in place of its parts."""
        fields = {
            field: line.cells[place]
            for field, place in self.places.items()
            if place < len(line.cells) and line.cells[place]
        }
        first, last = fields.pop("first_name", ""), fields.pop("last_name", "")
        if first or last:
            fields["name"] = joined_name(first=first, last=last)
        return fields


def names_people(cells: tuple[str, ...]) -> bool:
    """Whether these are titles of which one says who somebody is."""
    fields = {FIELDS.get(title_key(cell)) for cell in cells}
    return bool(fields & {"username", "student_number"}) and len(fields - {None}) > 1


def columns_of(header: tuple[str, ...], chosen: Mapping[int, str] | None = None) -> RosterColumns:
    """The columns by their titles. Raises Invalid where two mean the same, or none says who somebody is.

    chosen: the field of each column by its place, as somebody says, "" for a column that is not used; None to
    go by the titles.
    """
    places: dict[str, int] = {}
    for place, title in enumerate(header):
        field = FIELDS.get(title_key(title)) if chosen is None else chosen.get(place) or None
        if field is not None and field in places:
            raise Invalid(
                Message(
                    "Two columns of the roster mean {field}: '{first}' and '{second}'.",
                    field=FIELD_WORDS[field],
                    first=header[places[field]],
                    second=title,
                )
            )
        if field is not None:
            places[field] = place
    if "username" not in places and "student_number" not in places:
        raise Invalid(
            Message(
                "No column of the roster says who somebody is; one is called username or student number "
                "(學號). Found: {titles}.",
                titles=joined(*header, between=COMMA),
            )
        )
    if chosen is None and _is_last_name(header, places):
        places["last_name"] = places.pop("name")
    if "name" in places:
        places.pop("first_name", None)
        places.pop("last_name", None)
    used = set(places.values())
    unused = tuple(title for place, title in enumerate(header) if place not in used and title)
    return RosterColumns(places, len(header), unused)


def _is_last_name(header: tuple[str, ...], places: Mapping[str, int]) -> bool:
    """Whether the column 'Name' is followed or led by one of first names alone, as German lists have it."""
    if "name" not in places or "first_name" not in places or "last_name" in places:
        return False
    title, first = (title_key(header[places[field]]) for field in ("name", "first_name"))
    return title == "name" and first in FIRST_BESIDE_NAME


def joined_name(*, first: str, last: str) -> str:
    """The two parts of a name in the order in which its script has them.

    >>> joined_name(first="Ann", last="Doe"), joined_name(first="小明", last="王")
    ('Ann Doe', '王小明')
    """
    if first and last and scripts_in(first) | scripts_in(last) <= FAMILY_FIRST:
        return last + first
    return f"{first} {last}".strip()
