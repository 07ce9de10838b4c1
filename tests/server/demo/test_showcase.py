"""What the demonstration shows: students at every tier, two copies and no other, teams, two languages."""

import gzip
import shutil
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from grader.parted_text import whole_of
from grader.similarity.compare import compare
from grader.similarity.error_cells import Answers
from grader.spec import GradingSpec
from server.domain.audit.actor import COMMAND_LINE
from server.domain.integrity.standing_out import UNUSUAL
from server.domain.people import courses
from server.models import (
    Announcement,
    AnswerKeyVersion,
    Competition,
    Course,
    GradeAdjustment,
    ItemPoints,
    Role,
    Team,
    TeamMember,
    User,
)
from server.services.demo import announcements as demo_announcements
from server.services.demo import course as demo_course
from server.services.demo import homeworks as demo_homeworks
from server.services.demo import points as demo_points
from server.services.demo import simulate
from server.services.demo import teams as demo_teams
from server.services.demo.copies import COPIES, with_copies
from server.services.demo.predictions import Mixer
from server.services.demo.simulate import PlannedFile, Student, plan
from tests.support import tiny_homework
from tests.support.browser import TINY, browser
from tests.support.installation import Installation, new_user
from tests.support.points_by_hand import count_by_hand

ROWS, STUDENTS = 1_000, 240
SPEC = GradingSpec(metric="rmse", id_column="id", target_columns=("y",))
TIERS = (1.0, 0.72, 0.34, 0.31)  # the errors of four baselines, in the target's own unit
SPREAD = 7.0
SHARES = ((0.7, 0.95), (0.5, 0.8), (0.1, 0.35), (0.004, 0.15))  # of the students who pass each tier


class SmallWorld:
    """A homework of numbers with four baselines, and what all of its students plan."""

    def __init__(self) -> None:
        source = np.random.default_rng(5)
        self.truth = SPREAD * source.standard_normal(ROWS)
        shared = source.standard_normal(ROWS)
        errors = [size * (0.9 * shared + 0.44 * source.standard_normal(ROWS)) for size in TIERS]
        self.baselines = np.array([self.truth + error for error in errors])
        self.mixer = Mixer([_file(values) for values in self.baselines], SPEC)
        now = tiny_homework.NOW
        competition = Competition(
            slug="small", opens_at=now, deadline_at=now + timedelta(days=20), grace_seconds=60
        )
        competition.late_until = competition.deadline_at + timedelta(days=2)
        students = [Student(User(username=f"s{n}"), f"Department {n % 12}") for n in range(STUDENTS)]
        self.planned = plan(competition, students, levels=4, seed=3)

    def last_files(self, planned: Sequence[PlannedFile]) -> dict[str, np.ndarray]:
        """What each student sends last."""
        last = {file.user.username: file for file in planned if file.flaw is None}
        return {name: self.values(file) for name, file in last.items()}

    def values(self, file: PlannedFile) -> np.ndarray:
        """The numbers of a file."""
        lines = gzip.decompress(simulate._content(file, self.mixer)).decode().splitlines()[1:]
        return np.array([float(line.split(",")[1]) for line in lines])


def _file(values: np.ndarray) -> bytes:
    return ("id,y\n" + "".join(f"{n},{value}\n" for n, value in enumerate(values))).encode()


@pytest.fixture(scope="module")
def world() -> SmallWorld:
    """One world for these tests, which only read it."""
    return SmallWorld()


def test_students_reach_every_tier_and_no_two_scores_are_the_same(world: SmallWorld) -> None:
    files = np.array(list(world.last_files(world.planned).values()))

    scores = np.sqrt(((files - world.truth) ** 2).mean(axis=1))
    thresholds = np.sqrt(((world.baselines - world.truth) ** 2).mean(axis=1))

    shares = [float((scores <= threshold).mean()) for threshold in thresholds]
    assert all(least <= share <= most for share, (least, most) in zip(shares, SHARES, strict=True)), shares
    assert len(set(scores)) == len(scores)
    ordered = [f"{score:.4f}" for score in np.sort(scores)]
    assert sum(one == other for one, other in pairwise(ordered)) < len(scores) * 0.1


def test_look_alikes_are_the_two_copies_that_were_planted_and_nobody_else(world: SmallWorld) -> None:
    planned = with_copies(world.planned)
    files = world.last_files(planned)
    names = list(files)

    answers = Answers.numbers(
        np.array(list(files.values()), dtype=np.float32),
        truth=world.truth.astype(np.float32),
        teams=np.arange(len(names)),
        baselines=world.baselines.astype(np.float32),
        columns=1,
    )
    pairs = compare(answers).pairs

    standing_out = {
        frozenset((names[each.one], names[each.other])) for each in pairs if each.expected <= UNUSUAL
    }
    assert standing_out == {frozenset(pair) for pair in pairs_planted(planned)}
    assert len(standing_out) == len(COPIES)


def pairs_planted(planned: Sequence[PlannedFile]) -> list[tuple[str, str]]:
    """Who copied, and from whom."""
    originals = {file.seed: file.user.username for file in planned if not file.own_share}
    return [(file.user.username, originals[file.seed]) for file in planned if file.own_share]


def test_nobody_copies_from_those_who_can_sign_in(world: SmallWorld) -> None:
    everybody = {file.user.username for file in world.planned}
    few = set(sorted(everybody)[:9])

    planned = with_copies(world.planned, spared=sorted(everybody - few))

    assert {name for pair in pairs_planted(planned) for name in pair} <= few
    assert with_copies(world.planned, spared=sorted(everybody)) == world.planned


def test_a_few_teams_have_several_members_and_are_formed_once(installation: Installation) -> None:
    installation.db.write(lambda session: session.execute(update(Competition).values(team_size=3)))
    installation.db.write(lambda session: enrol(session, installation, 50))

    for _ in range(2):
        installation.db.write(
            lambda session: demo_teams.form(session, session.scalars(select(Competition)).one()), private=True
        )

    sizes = select(Team.name, func.count()).join(TeamMember, TeamMember.team_id == Team.id).group_by(Team.id)
    named = dict(installation.db.read(lambda session: session.execute(sizes).all()))
    assert {name: named[name] for name, _ in demo_teams.TEAMS} == dict(demo_teams.TEAMS)


def enrol(session: Session, installation: Installation, count: int) -> None:
    """So many more students in the course."""
    course = courses.course_named(session, "ml")
    for number in range(count):
        user = new_user(session, f"s{number}", now=installation.clock())
        enrolment = courses.Enrolment(Role.STUDENT)
        courses.add_member(
            session, course=course, user=user, enrolment=enrolment, by=COMMAND_LINE, now=installation.clock()
        )


@pytest.mark.parametrize("homework", demo_announcements.TEXTS)
def test_announcements_are_in_both_languages_with_a_formula(
    installation: Installation, homework: str
) -> None:
    installation.db.write(lambda session: session.execute(update(Competition).values(homework=homework)))
    installation.db.write(
        lambda session: demo_announcements.post(
            session, installation.app.state.settings, now=installation.clock()
        )
    )

    english, chinese = (
        browser(installation, "student0").get(f"{TINY}/announcements", headers={"Accept-Language": each}).text
        for each in ("en", "zh-TW")
    )

    titles = demo_announcements.TEXTS[homework][0].split(" <!-- zh-TW --> ")
    for page, words, other in zip((english, chinese), titles, ("助教", "TAs"), strict=True):
        assert f"<bdi>{words}</bdi>" in page
        assert "<math" in page
        assert other not in page.partition("<main")[2].partition("</main>")[0]
        assert "<!--" not in page.partition("<main")[2]


def test_what_a_finished_homework_announced_is_dated_behind_its_reveal(installation: Installation) -> None:
    reveal = installation.competition().reveal_at
    change = update(Competition).values(homework="hw01_covid")
    installation.db.write(lambda session: session.execute(change) and None)
    settings, now = installation.app.state.settings, reveal + timedelta(days=9)

    installation.db.write(lambda session: demo_announcements.post(session, settings, now=now))

    posted = installation.db.read(lambda session: session.scalars(select(Announcement.posted_at)).one())
    assert posted == reveal + demo_announcements.AFTER


def test_a_homework_of_the_demonstration_is_committed_to_before_it_opens(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, context = installation.folder, installation.context
    shutil.copytree(folder / "tiny", folder / "tiny_b")
    shutil.copytree(folder / "built", folder / "data" / "built" / "tiny_b")
    context.settings = context.settings.model_copy(update={"homeworks_dir": folder})
    monkeypatch.setattr(demo_homeworks, "times_of", lambda *_, now: demo_course.finished_times(now))
    course = installation.db.read(lambda session: courses.course_named(session, "ml"))

    demo_homeworks._import(context, course, "tiny_b")

    row = installation.competition_named("tiny-b")
    key = installation.db.read(lambda session: session.get_one(AnswerKeyVersion, row.answer_key_id))
    assert row.commitment is not None
    assert key.created_at == row.opens_at - demo_homeworks.PREPARED


def test_titles_are_read_in_the_readers_language_and_edited_whole(installation: Installation) -> None:
    course, homework = demo_course.TITLE, "Sounds <!-- zh-TW --> 聲音"
    installation.db.write(lambda session: retitle(session, course, homework))
    student, iris = browser(installation, "student0"), browser(installation, "iris")

    pages = {
        language: [
            each.get(address, headers={"Accept-Language": language}).text
            for each, address in ((student, "/"), (student, TINY), (iris, "/courses/ml"))
        ]
        for language in ("en", "zh-TW", "fr")
    }
    rules = iris.get(f"{TINY}/rules/change").text
    api = installation.client("student0")
    over_api = api.get("/api/competitions/tiny", headers={"Accept-Language": "zh-TW"})

    for language, words in (("en", "Sounds"), ("fr", "Sounds"), ("zh-TW", "聲音")):
        assert all(f"<bdi>{words}</bdi>" in page for page in pages[language]), language
    assert "<bdi>機器學習（秋季）</bdi>" in pages["zh-TW"][0]
    assert "&lt;!--" not in "".join(pages["zh-TW"][:2] + pages["en"][:2])
    assert 'value="Sounds &lt;!-- zh-TW --&gt; 聲音"' in rules
    assert over_api.json()["title"] == "聲音"
    assert whole_of(installation.competition().title) == homework
    assert installation.competition().title == "Sounds"


def retitle(session: Session, course: str, homework: str) -> None:
    """Give the course and the competition other titles."""
    session.scalars(select(Course).where(Course.slug == "ml")).one().title = course
    session.scalars(select(Competition)).one().title = homework


def test_the_ta_checked_the_items_by_hand_once_and_adjusted_one_total(installation: Installation) -> None:
    count_by_hand(installation)
    as_ta = update(User).where(User.username == "tina").values(username="ta", username_key="ta")
    installation.db.write(lambda session: session.execute(as_ta) and None)
    installation.db.write(lambda session: session.execute(delete(ItemPoints)) and None)
    competition = installation.competition()

    for _ in range(2):
        demo_points.give_points(installation.db, competition)

    points = installation.db.read(lambda session: [row.points for row in session.query(ItemPoints)])
    reasons = installation.db.read(lambda session: [row.reason for row in session.query(GradeAdjustment)])
    assert 4 <= len(points) <= 6
    assert max(points) <= 4
    assert reasons.count(demo_points.FOR_THE_BUSY.reason) == 1
