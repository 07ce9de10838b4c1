"""The calls by which staff run a competition, in the words of docs/api.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from client.api.decode import Json
from client.api.transport import Transport
from client.api.types.audit import EntryPage, Erasure
from client.api.types.boards import DeadlineBoard, ShakeUp
from client.api.types.competitions import Id, Split
from client.api.types.notices import Announcement
from client.api.types.people import User
from client.api.types.rescores import Preview, Rescore
from client.api.types.rules import Allowance, Rules, Threshold
from client.api.types.setup import Clone, ClonedCourse, CourseCompetition, Draft

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class _Rescores:
    rescores: tuple[Rescore, ...]


@dataclass(frozen=True, kw_only=True)
class _Thresholds:
    thresholds: tuple[Threshold, ...]


@dataclass(frozen=True, kw_only=True)
class _Allowances:
    allowances: tuple[Allowance, ...]


@dataclass(frozen=True, kw_only=True)
class _Announcements:
    announcements: tuple[Announcement, ...]


@dataclass(frozen=True, kw_only=True)
class _RetriedMails:
    mails: int


@dataclass(frozen=True, kw_only=True)
class _CourseCompetitions:
    competitions: tuple[CourseCompetition, ...]


@dataclass(frozen=True, kw_only=True)
class _Drafts:
    drafts: tuple[Draft, ...]


@dataclass(frozen=True, kw_only=True)
class _Archived:
    archived: tuple[str, ...]


class StaffApi:
    """Routes of rescores, rules, allowances, announcements, the audit trail, the next term, the archive."""

    _transport: Transport

    def rescores(self, slug: str) -> tuple[Rescore, ...]:
        """The competition's rescores, the newest first."""
        return self._ask(_Rescores, "GET", _path(slug, "rescores")).rescores

    def start_rescore(self, slug: str, *, reason: str, **changes: Json) -> Rescore:
        """Begin to grade by another answer key or metric.

        changes: answer_key, metric, metric_arguments, metric_file, higher_is_better; what is left out stays
        as it is.
        """
        return self._ask(Rescore, "POST", _path(slug, "rescores"), {"reason": reason, **changes})

    def answer_key_csv(self, slug: str) -> bytes:
        """The present answer key, to be corrected; the audit trail says who took it."""
        return self._transport.request("GET", _path(slug, "answer-key.csv")).content

    def rescore(self, slug: str, rescore_id: Id) -> Rescore:
        """One rescore with its progress."""
        return self._ask(Rescore, "GET", _path(slug, "rescores", rescore_id))

    def rescore_preview(self, slug: str, rescore_id: Id) -> Preview:
        """Which scores, ranks, tiers and points a rescore would change, and for whom."""
        return self._ask(Preview, "GET", _path(slug, "rescores", rescore_id, "preview"))

    def rescore_preview_csv(self, slug: str, rescore_id: Id) -> bytes:
        """The same as a CSV file."""
        return self._transport.request("GET", _path(slug, "rescores", rescore_id, "preview.csv")).content

    def apply_rescore(self, slug: str, rescore_id: Id, *, reason: str) -> Rescore:
        """Switch both boards to the new version, in one instant."""
        return self._ask(Rescore, "POST", _path(slug, "rescores", rescore_id, "apply"), {"reason": reason})

    def undo_rescore(self, slug: str, rescore_id: Id, *, reason: str) -> Rescore:
        """Switch both boards back."""
        return self._ask(Rescore, "POST", _path(slug, "rescores", rescore_id, "undo"), {"reason": reason})

    def cancel_rescore(self, slug: str, rescore_id: Id, *, reason: str) -> Rescore:
        """Give a rescore up that has not been applied."""
        return self._ask(Rescore, "POST", _path(slug, "rescores", rescore_id, "cancel"), {"reason": reason})

    def rules(self, slug: str) -> Rules:
        """The rules, their version, and how they were changed."""
        return self._ask(Rules, "GET", _path(slug, "rules"))

    def change_rules(self, slug: str, *, changes: Mapping[str, Json], version: str, reason: str) -> Rules:
        """Change rules by name; 409 when they are no longer of that version."""
        body: dict[str, Json] = {"changes": dict(changes), "version": version, "reason": reason}
        return self._ask(Rules, "PUT", _path(slug, "rules"), body)

    def thresholds(self, slug: str) -> tuple[Threshold, ...]:
        """Each tier's threshold, by which rule and from which runs it stands."""
        return self._ask(_Thresholds, "GET", _path(slug, "thresholds")).thresholds

    def choose_threshold(
        self, slug: str, tier: str, *, rule: str, reason: str, run_id: Id | None = None
    ) -> tuple[Threshold, ...]:
        """Let a tier's threshold come from other runs. rule: latest, all_runs, or one_run with its run_id."""
        body: dict[str, Json] = {"rule": rule, "run_id": run_id, "reason": reason}
        return self._ask(_Thresholds, "PUT", _path(slug, "thresholds", tier), body).thresholds

    def allowances(self, slug: str) -> tuple[Allowance, ...]:
        """Every extension and grant ever given, the newest first."""
        return self._ask(_Allowances, "GET", _path(slug, "allowances")).allowances

    def allow(self, slug: str, to: str, *, reason: str, **what: Json) -> Allowance:
        """Give a student or team more time (deadline_at) or more slots (extra_slots, course_day)."""
        return self._ask(Allowance, "POST", _path(slug, "allowances"), {"to": to, "reason": reason, **what})

    def revoke_allowance(self, slug: str, allowance_id: Id, *, reason: str) -> Allowance:
        """Take an extension or a grant back."""
        return self._ask(
            Allowance, "POST", _path(slug, "allowances", allowance_id, "revoke"), {"reason": reason}
        )

    def announcements(self, slug: str) -> tuple[Announcement, ...]:
        """What staff have announced, the newest first; for students too."""
        return self._ask(_Announcements, "GET", _path(slug, "announcements")).announcements

    def announce(self, slug: str, *, title: str, body_md: str) -> Announcement:
        """Announce something on the page and by mail."""
        return self._ask(
            Announcement, "POST", _path(slug, "announcements"), {"title": title, "body_md": body_md}
        )

    def withdraw_announcement(self, slug: str, announcement_id: Id, *, reason: str) -> Announcement:
        """Take an announcement off the page; mails that were sent are sent."""
        path = _path(slug, "announcements", announcement_id, "withdrawal")
        return self._ask(Announcement, "POST", path, {"reason": reason})

    def retry_refused_mails(self, slug: str) -> int:
        """Make the mails due again that a mail server refused, and say how many these are."""
        return self._ask(_RetriedMails, "POST", _path(slug, "announcements", "refused-mails")).mails

    def want_mail(self, wants_mail: bool) -> User:
        """Say whether announcements shall come to me by mail."""
        return self._ask(User, "PUT", "/api/me/mail", {"wanted": wants_mail})

    def choose_language(self, language: str) -> User:
        """Read pages and mails in this language, as in "zh-TW"; "" is what the browser asks for."""
        return self._ask(User, "PUT", "/api/me/language", {"language": language})

    def audit(self, slug: str | None = None, **filters: str) -> EntryPage:
        """The newest acts of staff, of one competition or, for admins, of the installation."""
        path = "/api/audit" if slug is None else _path(slug, "audit")
        return self._transport.call(EntryPage, "GET", path, query=filters)

    def audit_csv(self, slug: str | None = None) -> bytes:
        """The same as a CSV file, whole."""
        path = "/api/audit.csv" if slug is None else _path(slug, "audit.csv")
        return self._transport.request("GET", path).content

    def grades_csv(self, slug: str) -> bytes:
        """Every student's points as a CSV file, with the scores that earned them."""
        return self._transport.request("GET", _path(slug, "grades.csv")).content

    def board_of_deadline(self, slug: str, split: Split) -> DeadlineBoard:
        """A board as it stood at the deadline; 404 before."""
        return self._ask(DeadlineBoard, "GET", _path(slug, "leaderboard", split, "deadline"))

    def shake_up(self, slug: str) -> ShakeUp:
        """How ranks moved between the boards; for whoever sees the private one."""
        return self._ask(ShakeUp, "GET", _path(slug, "shake-up"))

    def clone_competition(self, of: str, **settings: Json) -> Clone:
        """Copy a competition for another term. settings: slug, first_day, into, title, thresholds."""
        return self._ask(Clone, "POST", _path(of, "clone"), settings)

    def archive_competition(self, slug: str, *, reason: str) -> CourseCompetition:
        """Let a competition be read and nothing more."""
        return self._ask(CourseCompetition, "POST", _path(slug, "archive"), {"reason": reason})

    def unarchive_competition(self, slug: str, *, reason: str) -> CourseCompetition:
        """Take a competition out of the archive."""
        return self._ask(CourseCompetition, "POST", _path(slug, "unarchive"), {"reason": reason})

    def course_competitions(self, course: str) -> tuple[CourseCompetition, ...]:
        """A course's competitions, the archived ones as well."""
        return self._ask(_CourseCompetitions, "GET", _course(course, "competitions")).competitions

    def drafts(self, course: str) -> tuple[Draft, ...]:
        """A course's competitions to be, in the order in which they open (instructors)."""
        return self._ask(_Drafts, "GET", _course(course, "drafts")).drafts

    def clone_course(self, course: str, **settings: Json) -> ClonedCourse:
        """Copy a course with its competitions. settings: slug, title, first_day, with_staff, thresholds."""
        return self._ask(ClonedCourse, "POST", _course(course, "clone"), settings)

    def archive_course(self, course: str, *, reason: str) -> tuple[str, ...]:
        """Archive every competition of a course; the slugs of those that were not archived before."""
        return self._ask(_Archived, "POST", _course(course, "archive"), {"reason": reason}).archived

    def my_data(self) -> dict[str, Json]:
        """Everything that the server keeps of me, a document to be kept as it came; for students too."""
        return self._document("/api/me/data")

    def data_of(self, user_id: Id) -> dict[str, Json]:
        """Everything that the server keeps of a person, as it came (admins)."""
        return self._document(f"/api/people/{quote(str(user_id), safe='')}/data")

    def erase(self, user_id: Id, **values: Json) -> Erasure:
        """Delete a person's data for good, while the boards stay as they are (admins).

        values: as docs/api.md says, with the reason.
        """
        return self._ask(Erasure, "POST", f"/api/people/{quote(str(user_id), safe='')}/erasure", values)

    def _ask(self, shape: type[T], method: str, path: str, body: Mapping[str, Json] | None = None) -> T:
        return self._transport.call(shape, method, path, body=body)

    def _document(self, path: str) -> dict[str, Json]:
        return self._transport.json_object(self._transport.request("GET", path))


def _path(slug: str, *parts: Id) -> str:
    return "/".join(["/api/competitions", *(quote(str(part), safe="") for part in (slug, *parts))])


def _course(course: str, act: str) -> str:
    return f"/api/courses/{quote(course, safe='')}/{act}"
