"""What the audit trail's acts, subjects and values are called on a page, by the names that entries have."""

import re
from collections.abc import Mapping

from grader.messages import Message, joined
from server.words import RULE_WORDS, WORDS

ACTS: dict[str, Message] = {
    "address_changed": Message("mail address changed"),
    "adjustment_revoked": Message("adjustment of points taken back"),
    "allowance_revoked": Message("allowance revoked"),
    "announcement_posted": Message("announcement posted"),
    "announcement_withdrawn": Message("announcement withdrawn"),
    "answer_key_committed": Message("answer key committed"),
    "answer_key_downloaded": Message("answer key downloaded"),
    "audit_exported": Message("audit exported"),
    "baseline_run_stopped": Message("baseline run stopped"),
    "baseline_runs_requested": Message("baseline runs requested"),
    "baselines_entered_again": Message("baselines entered again"),
    "code_exported": Message("code exported"),
    "competition_archived": Message("competition archived"),
    "competition_cloned": Message("competition cloned"),
    "competition_unarchived": Message("competition unarchived"),
    "course_changed": Message("course changed"),
    "course_cloned": Message("course cloned"),
    "course_created": Message("course created"),
    "deadline_extended": Message("deadline extended"),
    "draft_begun": Message("draft begun"),
    "draft_dropped": Message("draft taken away"),
    "draft_restored": Message("draft put back"),
    "draft_launch_asked": Message("launch of a draft asked for"),
    "identity_linked": Message("identity linked"),
    "identity_unlinked": Message("identity unlinked"),
    "invitations_given": Message("invitations given"),
    "grade_rules_changed": Message("grade rules changed"),
    "grades_exported": Message("grades exported"),
    "homework_imported": Message("homework imported"),
    "items_checked": Message("items checked"),
    "look_alikes_compared": Message("files compared at night"),
    "mails_retried": Message("mails retried"),
    "member_added": Message("member added"),
    "member_changed": Message("member changed"),
    "member_moved": Message("member moved"),
    "note_added": Message("note added"),
    "partner_confirmed": Message("partner in a gradebook confirmed"),
    "partner_revoked": Message("partner in a gradebook taken back"),
    "password_link_given": Message("password link given"),
    "password_set": Message("password set"),
    "platform_changed": Message("learning platform changed"),
    "platform_linked": Message("course linked with a learning platform's"),
    "points_sent": Message("points sent to a learning platform"),
    "platform_registered": Message("learning platform registered"),
    "platform_removed": Message("learning platform removed"),
    "platform_unlinked": Message("link with a learning platform ended"),
    "person_erased": Message("person erased"),
    "points_adjusted": Message("points adjusted"),
    "question_closed": Message("question closed"),
    "question_reopened": Message("question reopened"),
    "question_replied": Message("reply to a question"),
    "receipt_key_rotated": Message("receipt key rotated"),
    "rescore_applied": Message("rescore applied"),
    "rescore_cancelled": Message("rescore cancelled"),
    "rescore_requested": Message("rescore requested"),
    "rescore_undone": Message("rescore undone"),
    "roster_imported": Message("roster imported"),
    "rights_changed": Message("rights changed"),
    "data_file_changed": Message("data file changed"),
    "rules_changed": Message("rules changed"),
    "second_factor_ended": Message("second factor ended"),
    "second_factor_removed": Message("second factor removed"),
    "second_factor_set_up": Message("second factor set up"),
    "slots_granted": Message("slots granted"),
    "submission_excluded": Message("submission excluded"),
    "submission_restored": Message("submission restored"),
    "team_renamed": Message("team renamed"),
    "teams_merged": Message("teams merged"),
    "threshold_chosen": Message("threshold chosen"),
    "user_created": Message("user created"),
    "user_deactivated": Message("user deactivated"),
    "user_reactivated": Message("user reactivated"),
    "worker_token_made": Message("worker token made"),
    "worker_token_revoked": Message("worker token revoked"),
}
FIELDS: dict[str, Message] = RULE_WORDS | {
    "look_alikes_hour": Message("hour of the nightly comparison"),
    "active": Message("active"),
    "added": Message("added"),
    "answer_key_sha256": Message("answer key sha256"),
    "answer_key_version": Message("answer key version"),
    "auxiliary_columns": Message("auxiliary columns"),
    "board_names": Message("names on boards"),
    "board_rows": Message("ranks that a board lists"),
    "cap": Message("cap"),
    "changed": Message("changed"),
    "client_id": Message("client ID"),
    "commitment": Message("commitment"),
    "contact": Message("contact"),
    "course_day": Message("course day"),
    "days": Message("days"),
    "department": Message("department"),
    "deployments": Message("deployments"),
    "drop_lowest": Message("lowest left out"),
    "email": Message("email"),
    "excused": Message("excused"),
    "excluded_at": Message("excluded at"),
    "extra_slots": Message("extra slots"),
    "files": Message("files"),
    "factor": Message("factor"),
    "first_day": Message("first day"),
    "from": Message("from"),
    "has_student_number": Message("has student number"),
    "higher_is_better": Message("higher is better"),
    "holidays": Message("holidays"),
    "homework": Message("homework"),
    "id_column": Message("id column"),
    "into": Message("into"),
    "issuer": Message("issuer"),
    "label": Message("name of the platform"),
    "labels": Message("labels"),
    "language": Message("language"),
    "mails": Message("mails"),
    "members": Message("members"),
    "merged": Message("merged"),
    "merged_team": Message("merged team"),
    "metric": Message("metric"),
    "metric_arguments": Message("metric arguments"),
    "metric_sha256": Message("metric sha256"),
    "name": Message("name"),
    "people": Message("people"),
    "points": Message("points"),
    "prediction_columns": Message("prediction columns"),
    "prefix": Message("prefix"),
    "public_threshold": Message("public threshold"),
    "public_thresholds": Message("public thresholds"),
    "removed": Message("removed"),
    "rights": Message("rights"),
    "role": Message("role"),
    "rule": Message("rule"),
    "run": Message("run"),
    "scores": Message("scores"),
    "section": Message("section"),
    "seeds": Message("seeds"),
    "slug": Message("slug"),
    "staff": Message("staff"),
    "step": Message("step"),
    "state": Message("state"),
    "student_number": Message("student number"),
    "submissions": Message("submissions"),
    "target_columns": Message("target columns"),
    "team": Message("team"),
    "team_id": Message("team id"),
    "teams": Message("teams"),
    "tiers": Message("tiers"),
    "title": Message("title"),
    "user_id": Message("user id"),
    "version": Message("version"),
    "way": Message("way"),
    "zone": Message("zone"),
}
SUBJECTS: dict[str, Message] = {
    str(text): text
    for text in (
        Message("allowance"),
        Message("announcement"),
        Message("baseline run"),
        Message("competition"),
        Message("course"),
        Message("draft"),
        Message("platform"),
        Message("rescore"),
        Message("submission"),
        Message("team"),
        Message("tier"),
        Message("token"),
        Message("user"),
    )
}
SUBJECT = re.compile(rf"({'|'.join(SUBJECTS)}) (.+)")
INSTALLATION = Message("installation")
KEY_VERSION = re.compile(r"(.+), version (\d+)")
YES, NO = Message("yes"), Message("no")
ANSWERS = {"yes": YES, "no": NO}
HELD_BACK = {"one": Message("one"), "another": Message("another")}  # of what the trail keeps of nobody
OWN_NAME = {"(a member's own name)": Message("(a member's own name)")}
WAYS = {
    "command": Message("command line"),
    "handed_out": Message("handed out"),
    "handed_over": Message("handed over"),
    "mailed": Message("by mail"),
    "account": Message("account page"),
    "invitation": Message("invitation"),
    "reset": Message("reset link"),
}
VALUES: dict[str, Mapping[str, Message]] = {  # by field; what people have written stays as it is
    "state": WORDS,
    "role": WORDS,
    "rule": WORDS,
    "unselected": WORDS,
    "board_names": WORDS,
    "step": {"undo": Message("taken back"), "redo": Message("made again")},
    "active": ANSWERS,
    "added": ANSWERS,
    "email": HELD_BACK,
    "student_number": HELD_BACK,
    "department": HELD_BACK,
    "name": HELD_BACK | OWN_NAME,
    "team": OWN_NAME,
    "way": WAYS,
}


def act_words(name: str) -> str:
    """An act as people read it."""
    return ACTS.get(name, name.replace("_", " "))


def field_words(name: str) -> str:
    """A field of an entry's values as people read it, or the person it is about."""
    return FIELDS.get(name) or (subject_words(name) if SUBJECT.fullmatch(name) else name.replace("_", " "))


def subject_words(subject: str) -> str:
    """What an act was done to: a kind and its name, or a version of a competition's answer key."""
    if subject == INSTALLATION:
        return INSTALLATION
    if named := SUBJECT.fullmatch(subject):
        return joined(SUBJECTS[named[1]], named[2])
    if version := KEY_VERSION.fullmatch(subject):
        return Message("{competition}, version {version}", competition=version[1], version=version[2])
    return subject


def value_words(field: str, value: str) -> str:
    """A text in an entry: a state, a role or a rule as people read it, a person, or itself."""
    if field == "members":
        return subject_words(value)
    return VALUES.get(field, {}).get(value, value)
