"""What states, roles and rules are called on a page, by the word that the API has for them."""

import re

from grader.messages import Message, counted

RULE_WORDS: dict[str, Message] = {
    "daily_limit": Message("submissions a day"),
    "final_selections": Message("final selections"),
    "unselected": Message("what counts without a selection"),
    "team_size": Message("members of a team"),
    "merge_until": Message("merging of teams until"),
    "late_penalty": Message("points lost for each day late"),
    "has_practice": Message("practice after the end"),
    "shows_disagreement": Message("labels on which two files disagree"),
    "ladder_step": Message("the Ladder's step"),
    "reset_zone": Message("time zone"),
    "opens_at": Message("opening"),
    "deadline_at": Message("deadline"),
    "late_until": Message("late uploads until"),
    "reveal_at": Message("opening of the private board"),
    "grace_seconds": Message("seconds of grace"),
    "upload_limit_bytes": Message("largest file"),
    "code_limit_bytes": Message("largest archive of code"),
    "is_admin": Message("admin"),
    "is_active": Message("active"),
    "is_archived": Message("archived"),
    "has_password": Message("with a password"),
    "description_md": Message("description"),
    "body_md": Message("text"),
    "leaks_accepted": Message("leaks of the key that are accepted"),
}
_WORDS: tuple[Message, ...] = (
    Message("student"),
    Message("instructor"),
    Message("admin"),
    # What the tiers of our homeworks were timed on.
    Message("two CPU cores"),
    Message("not measured"),
    # Families of metrics.
    Message("one label"),
    Message("scores and probabilities"),
    Message("numbers"),
    Message("several labels"),
    Message("rankings"),
    Message("text"),
    Message("masks and boxes"),
    # Of a competition.
    Message("upcoming"),
    Message("open"),
    Message("late"),
    Message("closed"),
    Message("revealed"),
    Message("grace"),
    Message("archived"),
    # Of a draft.
    Message("draft"),
    Message("launching"),
    Message("launched"),
    # Of a submission.
    Message("received"),
    Message("scored"),
    Message("invalid"),
    Message("failed"),
    Message("excluded"),
    Message("trial"),
    Message("practice"),
    # Of a baseline run, and of a tier that has none.
    Message("requested"),
    Message("running"),
    Message("succeeded"),
    Message("stopped"),
    Message("not requested"),
    Message("trained"),
    Message("training"),
    Message("waiting"),
    # Of a rescore.
    Message("grading"),
    Message("ready"),
    Message("applied"),
    Message("undone"),
    Message("cancelled"),
    # Of an invitation.
    Message("pending"),
    Message("accepted"),
    Message("declined"),
    Message("withdrawn"),
    # Of an account and of a grant.
    Message("switched off"),
    Message("no longer here"),
    Message("taken back"),
)
_PROCESSOR = re.compile(r"CPU, (.+), (\d{1,4}) cores?")  # as baselines/child.py names it
WORDS: dict[str, Message] = {
    # Under which names teams stand on boards.
    "real": Message("what each team is called"),
    "chosen": Message("names that teams chose, else pseudonyms"),
    "pseudonyms": Message("pseudonyms"),
    # By which way a file came.
    "page": Message("the page"),
    "api": Message("the API"),
    "client": Message("the command line"),
    "kaggle": Message("Kaggle's command line"),
    "agent": Message("an agent"),
    "ta": Message("TA"),
    # What counts without a selection, and which runs set a threshold.
    "first": Message("first"),
    "best_public": Message("best public"),
    "best": Message("best"),
    "latest": Message("latest"),
    "one_run": Message("one run"),
    "all_runs": Message("all runs"),
    **{str(text): text for text in _WORDS},
}


def word(value: str) -> str:
    """A state, a role or a kind as people read it; a word of none of these is itself."""
    return WORDS.get(value, value)


def device(name: str) -> str:
    """What a run or a tier was timed on, as people read it; a graphics card is called by its own name."""
    processor = _PROCESSOR.fullmatch(name)
    if processor is None:
        return word(name)
    kind, cores = processor.groups()
    return counted("CPU, {kind}, {count} core", "CPU, {kind}, {count} cores", int(cores), kind=kind)
