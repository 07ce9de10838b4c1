"""Every column that has a person's number, and where the person reads of it in their data."""

import pytest
from sqlalchemy.orm import Session

from server.database.database import Base
from server.domain.audit.actor import COMMAND_LINE
from server.domain.people import courses
from server.domain.people.members import member as members
from server.domain.privacy import personal_data
from server.domain.rights.of_tas import give
from server.models import ALL_RIGHTS, Right
from tests.support.drafts import Editor
from tests.support.installation import Installation

pytestmark = pytest.mark.both

IN_DATA = {  # by the part of the data that tells of it
    "address_changes.user_id": "address_change",
    "allowances.user_id": "allowances",
    "announcements.posted_by": "announcements",
    "api_tokens.user_id": "tokens",
    "audit_entries.by": "audit",
    "code_versions.handed_in_by": "code",
    "draft_steps.saved_by": "draft_steps",
    "grade_adjustments.user_id": "adjustments",
    "gradebook_partners.user_id": "gradebook_keys",
    "invitations.invited_by": "invitations",
    "invitations.user_id": "invitations",
    "item_points.user_id": "items",
    "linked_identities.user_id": "identities",
    "lti_members.user_id": "platforms",
    "lti_scores.user_id": "platform_scores",
    "mails.user_id": "mails",
    "members.user_id": "courses",
    "notice_choices.user_id": "notice_choices",
    "notices.user_id": "notices",
    "password_links.user_id": "password_links",
    "questions.asked_by": "questions",
    "recovery_codes.user_id": "second_factor",
    "replies.author_id": "replies",
    "second_factors.user_id": "second_factor",
    "staff_notes.user_id": "notes",
    "submissions.submitted_by": "submissions",
    "team_members.user_id": "teams",
    "teams.trial_of": "teams",
    "web_sessions.user_id": "sessions",
}
OF_AN_ACT = {  # who did it stands in the trail as well, which the data have as `audit`
    "allowances.given_by": "deadline_extended, slots_granted",
    "answer_keys.created_by": "homework_imported, rescore_requested",
    "baseline_runs.requested_by": "baseline_runs_requested",
    "drafts.launched_by": "draft_launch_asked",
    "grade_adjustments.given_by": "points_adjusted",
    "gradebook_partners.confirmed_by": "partner_confirmed",
    "item_points.checked_by": "items_checked",
    "private_exports.made_by": "grades_exported",
    "rescores.asked_by": "rescore_requested",
    "staff_notes.author_id": "note_added; what it says is about somebody else",
}
FOR_MINUTES = {
    *("half_sign_ins.user_id", "identity_offers.user_id", "sign_on_tickets.user_id"),
    "kaggle_uploads.user_id",
}


def test_every_column_with_a_persons_number_is_told_or_said_why_not() -> None:
    columns = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if any(key.column.table.name == "users" for key in column.foreign_keys)
    }

    assert columns == IN_DATA.keys() | OF_AN_ACT.keys() | FOR_MINUTES


def test_the_data_have_every_part_that_tells_of_a_column(installation: Installation) -> None:
    user, now = installation.user("tina"), installation.clock()
    data = installation.db.read(
        lambda session: personal_data.with_notes(
            session, personal_data.data_of(session, user=user, now=now), user=user
        )
    )

    assert set(IN_DATA.values()) <= data.keys()


def test_staff_read_their_rights_announcements_and_steps_of_drafts(installation: Installation) -> None:
    def withhold(session: Session) -> None:
        course = courses.course_named(session, "ml")
        about = members.person_in(session, course=course, user_id=installation.user("tina").id)
        left = ALL_RIGHTS - {Right.EXPORT, Right.RESCORE}
        give(session, course=course, ta=about.member, rights=left, by=COMMAND_LINE, now=installation.clock())

    installation.db.write(withhold)
    tina = installation.client("tina")
    new = {"title": "A slip", "body_md": "Row 3."}
    tina.post("/api/competitions/tiny/announcements", json=new).raise_for_status()
    Editor(installation).post("/new", title="Waves", new_slug="waves")

    of_ta = tina.get("/api/me/data").json()
    of_instructor = installation.client("iris").get("/api/me/data").json()

    assert [each["withheld_rights"] for each in of_ta["courses"]] == [["export", "rescore"]]
    assert [each["withheld_rights"] for each in of_instructor["courses"]] == [[]]
    assert [each["title"] for each in of_ta["announcements"]] == ["A slip"]
    assert [(each["draft"], each["step"]) for each in of_instructor["draft_steps"]] == [("waves", "begun")]
