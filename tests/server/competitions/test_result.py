"""What a closed homework leads with, for its students: what counts and how it ended, and no more uploads."""

from datetime import timedelta

from sqlalchemy import update

from server.models import Competition
from tests.support.browser import TINY, browser, words
from tests.support.installation import Installation

MINE = f"{TINY}/submissions"
PRIVATE = ("Private rank", "Private score")


def counted_rows(page: str) -> list[str]:
    """The rows of the table that are marked as counting."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return [words(row) for row in body.split("<tr")[1:] if 'class="counts"' in row]


def close(installation: Installation) -> None:
    """Let the last instant for late files be over, and the private board be sealed still."""
    installation.clock.now = installation.competition().late_until + timedelta(hours=1)


def open_the_private_board(installation: Installation) -> None:
    installation.clock.now = installation.competition().reveal_at + timedelta(hours=1)


def test_an_open_homework_leads_with_the_upload(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.7, seed=1)
    student = browser(installation, "student0")

    assert 'class="button main" href="/competitions/tiny/submit"' in student.get(TINY).text
    assert 'class="button" href="/competitions/tiny/submit"' in student.get("/").text
    assert "Your result" not in student.get(TINY).text


def test_a_closed_homework_leads_with_what_counts_and_tells_nothing_private(
    installation: Installation,
) -> None:
    sent = installation.submit_accuracy("student0", 0.7, seed=1)
    close(installation)
    student = browser(installation, "student0")

    overview, first = student.get(TINY).text, student.get("/").text

    for page in (overview, first):
        assert 'class="button main" href="/competitions/tiny/submit"' not in page
        assert 'class="button" href="/competitions/tiny/submit"' not in page
        assert "Practise" in page
        assert not any(word in page for word in PRIVATE)
    assert f'<a href="/submissions/{sent.id}" class="file"><bdi>pred.csv</bdi></a>' in first
    assert "Your result Public rank 1 of 1 Best public score" in words(overview)
    assert "The private board, which decides, opens on" in words(overview)


def test_after_the_reveal_the_overview_leads_with_the_private_result(installation: Installation) -> None:
    sent = installation.submit_accuracy("student0", 0.7, seed=1)
    open_the_private_board(installation)
    student, other = browser(installation, "student0"), browser(installation, "student1")

    page = student.get(TINY).text

    assert "Your result Private rank 1 of 1 Private score" in words(page)
    assert f'Counted: <a href="/submissions/{sent.id}"' in page
    assert "Your result Nothing of yours counted." in words(other.get(TINY).text)
    assert "Your result" not in browser(installation, "tina").get(TINY).text


def test_ones_submissions_say_which_counts_on_the_public_board(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.8, seed=1)
    installation.submit_accuracy("student0", 0.6, seed=2)

    rows = counted_rows(browser(installation, "student0").get(MINE).text)

    assert len(rows) == 1
    assert "counts" in rows[0]


def test_what_counts_on_the_private_board_is_marked_from_the_reveal_on(installation: Installation) -> None:
    good = installation.submit_accuracy("student0", 0.8, seed=1)
    poor = installation.submit_accuracy("student0", 0.6, seed=2)
    for sent in (good, poor):
        path = f"/api/submissions/{sent.id}/final"
        assert installation.client("student0").put(path, json={"selected": True}).status_code == 200

    close(installation)
    before = browser(installation, "student0").get(MINE).text
    open_the_private_board(installation)
    after = browser(installation, "student0").get(MINE).text

    assert before.count('class="counts"') == 2  # the sentence above the table, and the public best
    assert after.count('class="counts"') == 3
    assert "The private board counts the best of them, and says which once it opens." in before
    assert "each board ranks you" in words(after)


def test_a_timeline_says_what_its_colours_mean(installation: Installation) -> None:
    student = browser(installation, "student0")

    for path in ("/", TINY):
        page = words(student.get(path).text)
        assert "on time until 18 Mar" in page
        assert "late until 19 Mar" in page
        assert "private board sealed until 20 Mar" in page


def test_what_is_to_come_stands_in_a_line_below_for_staff_alone(installation: Installation) -> None:
    later = update(Competition).values(opens_at=installation.clock() + timedelta(days=1))
    installation.db.write(lambda session: session.execute(later))

    staff, student = (browser(installation, name).get("/").text for name in ("tina", "student0"))

    assert "To come Tiny accuracy opens" in words(staff)
    assert "ledger-row" not in staff
    assert "Tiny accuracy" not in student


def test_the_state_of_a_competition_counts_the_teams_that_its_board_has(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.7, seed=1)
    installation.submit("student1", b"id,label\n1,a\n")  # which has a team, and no score

    state = words(browser(installation, "tina").get(f"{TINY}/staff").text)
    board = installation.client("student0").get("/api/competitions/tiny/leaderboard/public").json()
    first = words(browser(installation, "tina").get("/").text)

    assert board["teams"] == 1
    assert "Teams on the board 1 Teams without a score 1 " in state
    assert "Teams on the board 1 " in first
