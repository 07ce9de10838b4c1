"""The calls by which staff run a competition; each answers with the JSON that docs/api.md describes."""

from collections.abc import Mapping
from urllib.parse import quote

from client.api.decode import Json
from client.api.transport import Transport
from client.api.types.competitions import Id, Split

Answer = dict[str, Json]


class StaffApi:
    """Routes of rescores, rules, allowances, announcements, the audit trail, the next term, the archive."""

    _transport: Transport

    def rescores(self, slug: str) -> Answer:
        """The competition's rescores, the newest first."""
        return self._ask("GET", _path(slug, "rescores"))

    def start_rescore(self, slug: str, *, reason: str, **changes: Json) -> Answer:
        """Begin to grade by another answer key or metric.

        wanted: answer_key, metric, metric_arguments, metric_file, higher_is_better; what is left out stays as
        it is.
        """
        return self._ask("POST", _path(slug, "rescores"), {"reason": reason, **changes})

    def rescore(self, slug: str, rescore_id: Id) -> Answer:
        """One rescore with its progress."""
        return self._ask("GET", _path(slug, "rescores", rescore_id))

    def rescore_preview(self, slug: str, rescore_id: Id) -> Answer:
        """Which scores, ranks, tiers and points a rescore would change, and for whom."""
        return self._ask("GET", _path(slug, "rescores", rescore_id, "preview"))

    def rescore_preview_csv(self, slug: str, rescore_id: Id) -> bytes:
        """The same as a CSV file."""
        return self._transport.request("GET", _path(slug, "rescores", rescore_id, "preview.csv")).content

    def apply_rescore(self, slug: str, rescore_id: Id, *, reason: str) -> Answer:
        """Switch both boards to the new version, in one instant."""
        return self._ask("POST", _path(slug, "rescores", rescore_id, "apply"), {"reason": reason})

    def undo_rescore(self, slug: str, rescore_id: Id, *, reason: str) -> Answer:
        """Switch both boards back."""
        return self._ask("POST", _path(slug, "rescores", rescore_id, "undo"), {"reason": reason})

    def cancel_rescore(self, slug: str, rescore_id: Id, *, reason: str) -> Answer:
        """Give a rescore up that has not been applied."""
        return self._ask("POST", _path(slug, "rescores", rescore_id, "cancel"), {"reason": reason})

    def rules(self, slug: str) -> Answer:
        """The rules, their version, and how they were changed."""
        return self._ask("GET", _path(slug, "rules"))

    def change_rules(self, slug: str, *, changes: Mapping[str, Json], version: str, reason: str) -> Answer:
        """Change rules by name; 409 when they are no longer of that version."""
        body: Answer = {"changes": dict(changes), "version": version, "reason": reason}
        return self._ask("PUT", _path(slug, "rules"), body)

    def thresholds(self, slug: str) -> Answer:
        """Each tier's threshold, by which rule and from which runs it stands."""
        return self._ask("GET", _path(slug, "thresholds"))

    def choose_threshold(
        self, slug: str, tier: str, *, rule: str, reason: str, run_id: Id | None = None
    ) -> Answer:
        """Let a tier's threshold come from other runs. rule: latest, all_runs, or one_run with its run_id."""
        body: Answer = {"rule": rule, "run_id": run_id, "reason": reason}
        return self._ask("PUT", _path(slug, "thresholds", tier), body)

    def allowances(self, slug: str) -> Answer:
        """Every extension and grant ever given, the newest first."""
        return self._ask("GET", _path(slug, "allowances"))

    def allow(self, slug: str, to: str, *, reason: str, **what: Json) -> Answer:
        """Give a student or team more time (deadline_at) or more slots (extra_slots, course_day)."""
        return self._ask("POST", _path(slug, "allowances"), {"to": to, "reason": reason, **what})

    def revoke_allowance(self, slug: str, allowance_id: Id, *, reason: str) -> Answer:
        """Take an extension or a grant back."""
        return self._ask("POST", _path(slug, "allowances", allowance_id, "revoke"), {"reason": reason})

    def announcements(self, slug: str) -> Answer:
        """What staff have announced, the newest first; for students too."""
        return self._ask("GET", _path(slug, "announcements"))

    def announce(self, slug: str, *, title: str, body_md: str) -> Answer:
        """Announce something on the page and by mail."""
        return self._ask("POST", _path(slug, "announcements"), {"title": title, "body_md": body_md})

    def withdraw_announcement(self, slug: str, announcement_id: Id, *, reason: str) -> Answer:
        """Take an announcement off the page; mails that were sent are sent."""
        path = _path(slug, "announcements", announcement_id, "withdrawal")
        return self._ask("POST", path, {"reason": reason})

    def retry_refused_mails(self, slug: str) -> Answer:
        """Make the mails due again that a mail server refused."""
        return self._ask("POST", _path(slug, "announcements", "refused-mails"))

    def want_mail(self, wants_mail: bool) -> Answer:
        """Say whether announcements shall come to me by mail."""
        return self._ask("PUT", "/api/me/mail", {"wanted": wants_mail})

    def audit(self, slug: str | None = None, **filters: str) -> Answer:
        """The newest acts of staff, of one competition or, for admins, of the installation."""
        path = "/api/audit" if slug is None else _path(slug, "audit")
        return self._transport.json_object(self._transport.request("GET", path, query=filters))

    def audit_csv(self, slug: str | None = None) -> bytes:
        """The same as a CSV file, whole."""
        path = "/api/audit.csv" if slug is None else _path(slug, "audit.csv")
        return self._transport.request("GET", path).content

    def grades_csv(self, slug: str) -> bytes:
        """Every student's points as a CSV file, with the scores that earned them."""
        return self._transport.request("GET", _path(slug, "grades.csv")).content

    def board_of_deadline(self, slug: str, split: Split) -> Answer:
        """A board as it stood at the deadline; 404 before."""
        return self._ask("GET", _path(slug, "leaderboard", split, "deadline"))

    def shake_up(self, slug: str) -> Answer:
        """How ranks moved between the boards; for whoever sees the private one."""
        return self._ask("GET", _path(slug, "shake-up"))

    def clone_competition(self, of: str, **settings: Json) -> Answer:
        """Copy a competition for another term. wanted: slug, first_day, into, title, thresholds."""
        return self._ask("POST", _path(of, "clone"), settings)

    def archive_competition(self, slug: str, *, reason: str) -> Answer:
        """Let a competition be read and nothing more."""
        return self._ask("POST", _path(slug, "archive"), {"reason": reason})

    def unarchive_competition(self, slug: str, *, reason: str) -> Answer:
        """Take a competition out of the archive."""
        return self._ask("POST", _path(slug, "unarchive"), {"reason": reason})

    def course_competitions(self, course: str) -> Answer:
        """A course's competitions, the archived ones as well."""
        return self._ask("GET", _course(course, "competitions"))

    def clone_course(self, course: str, **settings: Json) -> Answer:
        """Copy a course with its competitions. wanted: slug, title, first_day, with_staff, thresholds."""
        return self._ask("POST", _course(course, "clone"), settings)

    def archive_course(self, course: str, *, reason: str) -> Answer:
        """Archive every competition of a course."""
        return self._ask("POST", _course(course, "archive"), {"reason": reason})

    def my_data(self) -> Answer:
        """Everything that the server keeps of me; for students too."""
        return self._ask("GET", "/api/me/data")

    def data_of(self, user_id: Id) -> Answer:
        """Everything that the server keeps of a person (admins)."""
        return self._ask("GET", f"/api/people/{quote(str(user_id), safe='')}/data")

    def erase(self, user_id: Id, **values: Json) -> Answer:
        """Delete a person's data for good, while the boards stay as they are (admins).

        wanted: as docs/api.md says, with the reason.
        """
        return self._ask("POST", f"/api/people/{quote(str(user_id), safe='')}/erasure", values)

    def _ask(self, method: str, path: str, body: Mapping[str, Json] | None = None) -> Answer:
        return self._transport.json_object(self._transport.request(method, path, body=body))


def _path(slug: str, *parts: Id) -> str:
    return "/".join(["/api/competitions", *(quote(str(part), safe="") for part in (slug, *parts))])


def _course(course: str, act: str) -> str:
    return f"/api/courses/{quote(course, safe='')}/{act}"
